"""Made-up invoices, drawn with letters; ids are the published examples of their countries."""

WORKSHOP = """
FACTURA                                       Nº 2025/0042

EMISOR                                        CLIENTE
Electrónica Sur, S.L.                         Taller Hermanos Gil, S.L.
CIF J99216582                                 CIF B58378431
C/ Mayor 3                                    Av. de la Paz 10
41001 Sevilla                                 29004 Málaga

Fecha: 03/04/2025        Vto.: 03/05/2025       Pedido: 5541

Concepto                         Cantidad    Precio      Importe
Batería 12V                             4     65,00       260,00
Mano de obra                          2,5     30,00        75,00

Base imponible       IVA 21%       Total
335,00               70,35         405,35 €
""".strip("\n")

ARCHITECT = """
Ana Torres Vidal                                    Factura 12-2025
Arquitecta · NIF 54362315K                          Valencia, 30 de junio de 2025

Para: Promociones Levante SL  B58378431

Honorarios proyecto básico                                          2.000,00
Visado                                                                150,00

BASE IMPONIBLE                                                      2.150,00
IVA 21 %                                                              451,50
IRPF -15 %                                                           -322,50
TOTAL A PAGAR                                                       2.279,00 €

Transferencia a ES91 2100 0418 4502 0005 1332 antes del 30/07/2025
""".strip("\n")

CATERING = """
                                    INVOICE
Northwind Catering Co.                               Invoice #    1009
450 Market St                                        Date         03/04/2025
San Francisco, CA 94105                              Due          04/03/2025
                                                     PO #         77-120
Bill To
Acme Events LLC
12 Pine St
Oakland, CA 94607

Qty   Description                       Rate        Amount
 50   Boxed lunch                     $14.00       $700.00
  1   Delivery                        $45.00        $45.00

                                    Subtotal        $745.00
                                    Tax (8.5%)       $63.33
                                    Tip              $50.00
                                    TOTAL           $858.33
                                    Amount Paid     $400.00
                                    Balance Due     $458.33
""".strip("\n")

JOINERY = """
ATELIER DUBOIS SARL
14 rue des Lilas
69003 Lyon

                                                  FACTURE
                                                  Numéro : F2025-118
                                                  Date : 14 avril 2025
                                                  Échéance : 14 mai 2025

                                                  Facturé à
                                                  Boulangerie Martin SAS
                                                  3 place du Marché
                                                  69100 Villeurbanne

Désignation                        Qté      P.U. HT      Montant HT
Vitrine en chêne                     1     1 250,00        1 250,00
Pose et livraison                    1       180,00          180,00

                              Total HT                    1 430,00 €
                              TVA 20 %                      286,00 €
                              Total TTC                   1 716,00 €
                              Acompte versé                 500,00 €
                              Net à payer                 1 216,00 €

N° TVA intracommunautaire : FR 40 303 265 045
""".strip("\n")

TOOLS = """
Hansen Werkzeugbau GmbH                                        Telefon 040 555 0190
Elbchaussee 12 - 22765 Hamburg                                 info@hansen-werkzeug.example

Autohaus Lindner KG
Frau Petra Lindner                                             Rechnung
Bahnhofstr. 4                                                  Rechnungs-Nr.:   R-2025-0771
21073 Hamburg                                                  Kunden-Nr.:      10452
                                                               Rechnungsdatum:  03.02.2025
                                                               Lieferdatum:     31.01.2025
                                                               Zahlbar bis:     17.02.2025

Pos  Bezeichnung                               Menge  Einheit  Einzelpreis   Gesamt
1    Drehmomentschlüssel 20-100 Nm                 3  Stk           89,90    269,70
2    Wartung Hebebühne                             2  Std           75,00    150,00

                                                      Summe netto            419,70
                                                      zzgl. 19 % MwSt.        79,74
                                                      Rechnungsbetrag        499,44 EUR

USt-IdNr. DE136695976   IBAN DE89 3704 0044 0532 0130 00   Amtsgericht Hamburg HRB 4711
""".strip("\n")

FUELS = """
Page 1 of 1                                             TAX INVOICE
O'Connor Fuels Ltd
Dock Road, Limerick                Invoice No  Account   Date
VAT No: IE6388047V                 774411      AC-901    28/02/2025

INVOICE TO                         DELIVER TO
Shannon Hotels DAC                 Shannon Hotels DAC
Bridge St, Ennis                   Boiler House, Ennis

PRODUCT           LITRES     PPL      VALUE    VAT%
Gas Oil             2000   0.8950   1790.00    13.5
Additive              10   4.5000     45.00    23.0

VAT RATE   GOODS     VAT
13.5%      1790.00   241.65
23%          45.00    10.35

GOODS TOTAL       1835.00
VAT TOTAL          252.00
INVOICE TOTAL   EUR 2087.00     DUE 30/03/2025
""".strip("\n")
