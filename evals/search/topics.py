"""What a back office's papers are about: two papers in Spanish, two in English, and what people ask for.

`asks`: questions that share a word with their answers; `means`: questions that share none.
"""

from typing import Final, NamedTuple


class Topic(NamedTuple):
    es: tuple[str, str]
    en: tuple[str, str]
    asks: tuple[str, ...]
    means: tuple[str, ...]


TOPICS: Final[dict[str, Topic]] = {
    "lease": Topic(
        (
            "El alquiler de la oficina se abonará el día cinco de cada mes.",
            "Contrato de arrendamiento del local: la renta mensual asciende a 900 euros.",
        ),
        (
            "The monthly rent of the office is due on the fifth.",
            "Lease of the premises: the landlord may raise the rent once a year.",
        ),
        ("alquiler oficina",),
        ("cuánto pagamos al casero por el piso", "what the tenant has to pay for the apartment"),
    ),
    "payroll": Topic(
        (
            "La nómina de los empleados se transfiere el último día laborable.",
            "Resumen de salarios: sueldo bruto y retenciones de cada trabajador.",
        ),
        (
            "Payroll is transferred to the employees on the last working day.",
            "Summary of salaries: gross pay and deductions of each worker.",
        ),
        ("payroll employees",),
        ("dinero que cobra la plantilla por su tarea", "wages for the staff"),
    ),
    "holidays": Topic(
        (
            "Cada trabajador dispone de veintitrés días de vacaciones al año.",
            "Las vacaciones se solicitan con quince días de antelación al responsable.",
        ),
        (
            "Every worker has twenty-three days of annual leave.",
            "Annual leave is requested from the supervisor two weeks before.",
        ),
        ("vacaciones solicitar",),
        ("time off in summer to travel",),
    ),
    "sick": Topic(
        (
            "Parte médico de baja por enfermedad con reposo de una semana.",
            "La baja por enfermedad se comunica el mismo día a recursos humanos.",
        ),
        (
            "Medical certificate of sick leave with a week of rest.",
            "Sick leave is reported to human resources on the same day.",
        ),
        ("sick leave certificate",),
        ("no puedo ir a trabajar porque tengo gripe", "absent from work with the flu and a doctor's note"),
    ),
    "dismissal": Topic(
        (
            "Carta de despido disciplinario por faltas reiteradas de puntualidad.",
            "El despido será efectivo a los quince días y da derecho a indemnización.",
        ),
        (
            "Letter of dismissal for repeated lateness.",
            "The dismissal takes effect after fifteen days, with severance pay.",
        ),
        ("carta despido",),
        ("firing an employee",),
    ),
    "hiring": Topic(
        (
            "Buscamos un contable con tres años de experiencia; envíe su currículum.",
            "Proceso de selección: entrevista a los candidatos el lunes.",
        ),
        (
            "We are hiring an accountant with three years of experience; send your résumé.",
            "Recruitment: candidates are interviewed on Monday.",
        ),
        ("interview candidates",),
        ("oferta de empleo para cubrir una vacante",),
    ),
    "late_payment": Topic(
        (
            "Le recordamos que su factura está vencida desde hace treinta días.",
            "Último aviso antes de reclamar la deuda por vía judicial.",
        ),
        (
            "We remind you that your invoice has been overdue for thirty days.",
            "Final notice before the debt is claimed in court.",
        ),
        ("factura vencida",),
        ("customer has not paid us yet",),
    ),
    "discount": Topic(
        (
            "Ofrecemos un descuento del diez por ciento por pronto pago.",
            "Rebaja especial para pedidos superiores a mil unidades.",
        ),
        (
            "We offer a ten per cent discount for early payment.",
            "Special reduction for orders above one thousand units.",
        ),
        ("discount early payment",),
        ("quiero que me salga más barato",),
    ),
    "refund": Topic(
        (
            "Devolveremos el importe íntegro a su tarjeta en cinco días.",
            "Solicitud de reembolso de un artículo defectuoso.",
        ),
        ("We will return the full amount to your card within five days.", "Request for a refund of a faulty item."),
        ("reembolso artículo",),
        ("get my money back",),
    ),
    "delivery": Topic(
        (
            "Albarán de entrega: doce cajas recibidas en el almacén.",
            "El transportista dejará la mercancía el jueves por la mañana.",
        ),
        (
            "Delivery note: twelve boxes received at the warehouse.",
            "The carrier will drop the goods on Thursday morning.",
        ),
        ("delivery note warehouse",),
        ("cuándo llega el camión con los paquetes",),
    ),
    "customs": Topic(
        (
            "Declaración de aduanas de la mercancía importada de China.",
            "Aranceles e impuestos de importación liquidados en el puerto.",
        ),
        ("Customs declaration for goods imported from China.", "Tariffs and import duties settled at the port."),
        ("aduanas importada",),
        ("taxes for bringing products across the border",),
    ),
    "vat": Topic(
        (
            "Declaración trimestral del IVA repercutido y soportado.",
            "El tipo general del impuesto sobre el valor añadido es del 21 %.",
        ),
        ("Quarterly VAT return: output and input tax.", "The standard rate of value added tax is 21 %."),
        ("quarterly VAT return",),
        ("gravamen que Hacienda cobra en las ventas",),
    ),
    "bank": Topic(
        (
            "Extracto de la cuenta corriente con los movimientos de mayo.",
            "El banco ha cargado una comisión de mantenimiento.",
        ),
        ("Statement of the current account with the transactions of May.", "The bank has charged a maintenance fee."),
        ("extracto cuenta corriente",),
        ("how much money is left in our checking balance",),
    ),
    "loan": Topic(
        (
            "Préstamo de 50.000 euros a cinco años al tres por ciento de interés.",
            "Cuadro de amortización de la hipoteca de la nave.",
        ),
        (
            "Loan of 50,000 euros over five years at three per cent interest.",
            "Repayment schedule of the mortgage on the plant.",
        ),
        ("loan interest five years",),
        ("financiación que pedimos prestada y hay que devolver en cuotas",),
    ),
    "car_insurance": Topic(
        (
            "Póliza de seguro a todo riesgo de los vehículos de la empresa.",
            "Parte de accidente de tráfico: golpe en la puerta trasera.",
        ),
        (
            "Comprehensive insurance policy for the vehicles of the company.",
            "Traffic accident report: dent in the rear door.",
        ),
        ("póliza seguro vehículos",),
        ("the car crashed",),
    ),
    "electricity": Topic(
        ("Recibo de la luz: consumo de 820 kilovatios hora.", "La compañía eléctrica revisará el contador el martes."),
        ("Electricity bill: consumption of 820 kilowatt hours.", "The power company will check the meter on Tuesday."),
        ("electricity bill consumption",),
        ("cuánta energía gastamos",),
    ),
    "water_leak": Topic(
        ("Avería en la tubería del baño con pérdida de agua.", "El fontanero reparó la fuga y cambió el grifo."),
        ("Broken pipe in the bathroom with loss of water.", "The plumber repaired the leak and replaced the tap."),
        ("fontanero fuga",),
        ("the toilet floods",),
    ),
    "heating": Topic(
        (
            "La caldera no calienta y los radiadores están fríos.",
            "Mantenimiento anual de la calefacción y purga de radiadores.",
        ),
        (
            "The boiler does not heat and the radiators are cold.",
            "Yearly maintenance of the heating and bleeding of radiators.",
        ),
        ("boiler radiators",),
        ("la temperatura es muy baja en invierno dentro del edificio",),
    ),
    "computers": Topic(
        (
            "Pedido de diez ordenadores portátiles con 16 GB de memoria.",
            "El teclado y la pantalla del portátil están rotos.",
        ),
        ("Order of ten laptops with 16 GB of memory.", "The keyboard and screen of the laptop are broken."),
        ("ordenadores portátiles pedido",),
        ("new notebook PCs for the team",),
    ),
    "password": Topic(
        ("La contraseña debe cambiarse cada noventa días.", "Guía para restablecer la clave de acceso al correo."),
        ("The password has to be changed every ninety days.", "Guide to reset the credentials of your mail."),
        ("reset credentials mail",),
        ("no consigo entrar en mi usuario, lo he olvidado todo",),
    ),
    "hacking": Topic(
        (
            "Incidente de seguridad: un virus cifró los archivos del servidor.",
            "Aviso de phishing: no abra correos sospechosos.",
        ),
        (
            "Security incident: a virus encrypted the files of the server.",
            "Phishing warning: do not open suspicious mail.",
        ),
        ("virus servidor archivos",),
        ("hackers attacked our computers",),
    ),
    "privacy": Topic(
        (
            "Política de protección de datos personales y derecho de supresión.",
            "El interesado puede pedir que se borren sus datos.",
        ),
        (
            "Personal data protection policy and right to erasure.",
            "The data subject may ask for their data to be deleted.",
        ),
        ("personal data protection",),
        ("privacidad de la información de los clientes",),
    ),
    "confidential": Topic(
        (
            "Acuerdo de confidencialidad: las partes no divulgarán secretos.",
            "La obligación de secreto dura cinco años tras el contrato.",
        ),
        (
            "Non-disclosure agreement: the parties shall not reveal secrets.",
            "The duty of secrecy lasts five years after the contract.",
        ),
        ("acuerdo confidencialidad",),
        ("promise not to tell anybody",),
    ),
    "trial": Topic(
        (
            "Sentencia del juzgado que condena a la demandada al pago.",
            "El abogado presentará un recurso contra la sentencia.",
        ),
        (
            "Judgment of the court ordering the defendant to pay.",
            "The lawyer will file an appeal against the judgment.",
        ),
        ("lawyer appeal judgment",),
        ("perdimos el juicio ante el juez",),
    ),
    "flight": Topic(
        ("Billete de avión Madrid-Londres con salida a las siete.", "Tarjeta de embarque y equipaje facturado."),
        ("Plane ticket from Madrid to London leaving at seven.", "Boarding pass and checked luggage."),
        ("billete avión Londres",),
        ("fly to England",),
    ),
    "hotel": Topic(
        ("Reserva de habitación doble con desayuno para tres noches.", "Factura del alojamiento durante la feria."),
        ("Booking of a double room with breakfast for three nights.", "Invoice for the accommodation during the fair."),
        ("booking double room",),
        ("dónde dormir en el viaje",),
    ),
    "meal": Topic(
        ("Ticket de la comida con un cliente en el restaurante.", "Menú del día: ensalada, pescado y postre."),
        ("Receipt for lunch with a client at the restaurant.", "Menu of the day: salad, fish and dessert."),
        ("ticket comida restaurante",),
        ("dinner expenses",),
    ),
    "cleaning": Topic(
        (
            "Servicio de limpieza de las oficinas tres veces por semana.",
            "Se ruega vaciar las papeleras y fregar el suelo.",
        ),
        ("Cleaning service of the offices three times a week.", "Please empty the bins and mop the floor."),
        ("cleaning service offices",),
        ("quitar la suciedad y la basura",),
    ),
    "training": Topic(
        (
            "Curso de formación en hojas de cálculo para administrativos.",
            "Certificado de asistencia al seminario de ventas.",
        ),
        ("Training course on spreadsheets for clerks.", "Certificate of attendance at the sales seminar."),
        ("curso formación hojas de cálculo",),
        ("learn Excel in a class",),
    ),
    "safety": Topic(
        (
            "Evaluación de riesgos laborales: uso obligatorio de casco.",
            "Un operario se cayó de la escalera y se rompió el brazo.",
        ),
        ("Assessment of occupational risks: helmets are mandatory.", "A worker fell off the ladder and broke his arm."),
        ("occupational risks helmets",),
        ("accidente con lesiones en la fábrica",),
    ),
    "fire": Topic(
        ("Revisión anual de extintores y detectores de humo.", "Simulacro de evacuación en caso de incendio."),
        ("Yearly check of extinguishers and smoke detectors.", "Evacuation drill in case of fire."),
        ("extintores humo revisión",),
        ("the building burns, leave quickly",),
    ),
    "complaint": Topic(
        (
            "Reclamación de un cliente descontento con el servicio recibido.",
            "Hoja de quejas: el producto llegó roto y nadie contestó.",
        ),
        (
            "Complaint of a customer unhappy with the service received.",
            "Complaint form: the product came broken and nobody answered.",
        ),
        ("complaint customer unhappy",),
        ("un comprador enfadado protesta",),
    ),
    "marketing": Topic(
        ("Campaña de publicidad en redes sociales para el lanzamiento.", "Presupuesto de anuncios en radio y prensa."),
        ("Advertising campaign on social networks for the launch.", "Budget for ads on radio and in the press."),
        ("campaña publicidad redes",),
        ("promote the brand on Facebook",),
    ),
    "board": Topic(
        ("Acta de la junta general de accionistas.", "El consejo de administración aprobó las cuentas anuales."),
        ("Minutes of the general meeting of shareholders.", "The board of directors approved the annual accounts."),
        ("minutes meeting shareholders",),
        ("reunión de los socios propietarios",),
    ),
    "warehouse": Topic(
        (
            "Inventario de existencias: faltan cuarenta piezas en la estantería B.",
            "Recuento físico de productos almacenados a fin de año.",
        ),
        (
            "Inventory of stock: forty pieces are missing on shelf B.",
            "Physical count of stored products at the end of the year.",
        ),
        ("inventario existencias",),
        ("how many goods remain in the depot",),
    ),
    "retirement": Topic(
        (
            "Solicitud de jubilación anticipada a los sesenta y tres años.",
            "Aportación de la empresa al plan de pensiones.",
        ),
        ("Application for early retirement at sixty-three.", "Contribution of the company to the pension plan."),
        ("early retirement application",),
        ("dejar de trabajar cuando uno es mayor", "old age income for seniors"),
    ),
    "birth": Topic(
        ("Permiso de maternidad de dieciséis semanas.", "Licencia por nacimiento de un hijo para el padre."),
        ("Maternity leave of sixteen weeks.", "Leave for the father after the birth of a child."),
        ("permiso maternidad",),
        ("she is pregnant and will have a baby",),
    ),
    "school": Topic(
        ("Ayuda para la guardería y el comedor de los niños.", "Matrícula de la universidad y beca de estudios."),
        ("Allowance for nursery and school meals.", "University enrolment and scholarship."),
        ("university scholarship",),
        ("cuidado infantil para padres que trabajan",),
    ),
}
