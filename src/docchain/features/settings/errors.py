"""Why a request about settings is refused."""

from docchain.platform.errors import Invalid, NotFound, Stale


class SettingNotFound(NotFound):
    code = "setting_not_found"
    title = "There is no such setting"


class SettingChanged(Stale):
    code = "setting_changed"
    title = "The setting was changed since you read it"


class BadSetting(Invalid):
    code = "bad_setting"
    title = "The setting cannot be that"
