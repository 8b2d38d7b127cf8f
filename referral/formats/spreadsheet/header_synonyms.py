"""Header synonyms (English, Spanish) by field, fuzzy header matching, and names of headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz
from rapidfuzz.process import extractOne

from referral.fields.text import without_accents
from referral.formats.column_mapping import TARGETS

_ASIDE = re.compile(r"\([^)]*\)")
_NOT_WORD = re.compile(r"[\W_]+")
_OWNER = re.compile(r"(?:service|program|location|site) ")
_NUMBERED = re.compile(r" ?\d+\Z")
_LIKE = 88
_SHORTEST = 5

# Target → headers, in English and Spanish, in lower case without signs or accents. The first
# column that fits is taken, except for the targets that several columns may hold.
HEADER_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "organization.name": (
        "agency", "agency name", "organization", "organization name", "organisation", "provider",
        "provider name", "company", "company name", "name of agency", "name of organization",
        "parent agency", "nonprofit", "sponsor", "site agency", "organizacion",
        "nombre de la organizacion", "agencia", "nombre de la agencia", "proveedor", "entidad",
        "institucion",
    ),
    "organization.id": (
        "organization id", "agency id", "org id", "provider id", "organization uuid", "agency uuid",
        "organization key", "agency number", "id de la organizacion",
    ),
    "organization.alternate_name": (
        "organization alternate name", "agency alternate name", "agency aka",
    ),
    "organization.description": ("agency description", "organization description"),
    "organization.website": ("agency website", "organization website", "agency url"),
    "organization.email": ("organization email", "agency email"),
    "organization.tax_id": ("organization tax id", "tax id", "ein", "fein"),
    "organization.legal_status": ("organization legal status", "legal status"),
    "organization.year_incorporated": ("organization year incorporated", "year incorporated"),
    "service.name": (
        "service name", "program name", "name of service", "name of program", "service", "program",
        "resource", "resource name", "name", "title", "listing", "listing name", "program service",
        "service program", "servicio", "nombre del servicio", "programa", "nombre del programa",
        "nombre", "recurso",
    ),
    "service.id": (
        "id", "service id", "record id", "resource id", "program id", "listing id", "uuid",
        "id del servicio", "identificador",
    ),
    "service.alternate_name": (
        "alternate name", "also known as", "aka", "other name", "acronym", "otro nombre",
        "tambien conocido como",
    ),
    "service.description": (
        "description", "about", "what they do", "what we do", "service description",
        "program description", "services", "services offered", "services provided", "details",
        "summary", "overview", "resource description", "purpose", "descripcion",
        "descripcion del servicio", "descripcion del programa", "servicios", "servicios ofrecidos",
        "que ofrecen", "detalles",
    ),
    "service.more_description": (
        "additional information", "more information", "other information", "informacion adicional",
        "mas informacion",
    ),
    "service.url": (
        "website", "url", "web", "web site", "web address", "web page", "webpage", "link",
        "homepage", "site url", "internet", "website url", "service url", "program website",
        "sitio web", "pagina web", "pagina", "enlace",
    ),
    "service.email": (
        "email", "e mail", "email address", "e mail address", "contact email", "service email",
        "correo", "correo electronico",
    ),
    "service.status": (
        "status", "service status", "listing status", "estatus", "estado del servicio",
    ),
    "service.application_process": (
        "how to apply", "application", "intake", "intake process", "application process",
        "how to get help", "how to access", "intake procedure", "referral process", "access",
        "procedure", "how to enroll", "como solicitar", "como aplicar", "proceso de solicitud",
        "solicitud",
    ),
    "service.fees_description": (
        "cost", "costs", "fees", "fee", "price", "fee structure", "charges", "cost of service",
        "payment", "cost to client", "program fees", "costo", "costos", "precio", "tarifa",
        "tarifas",
    ),
    "service.wait_time": (
        "wait time", "waiting list", "waitlist", "wait list", "lista de espera", "tiempo de espera",
    ),
    "service.eligibility_description": (
        "eligibility", "who can apply", "requirements", "eligibility requirements", "who qualifies",
        "eligible", "who", "who is eligible", "target population", "population served",
        "who we serve", "eligibility criteria", "clients served", "who they serve", "elegibilidad",
        "requisitos", "quien puede solicitar", "quienes califican", "a quien sirve",
    ),
    "service.minimum_age": ("minimum age", "min age", "age from", "youngest age", "edad minima"),
    "service.maximum_age": ("maximum age", "max age", "age to", "oldest age", "edad maxima"),
    "service.assured_date": (
        "last updated", "verified", "date verified", "last verified", "updated", "date updated",
        "verified on", "last checked", "verification date", "date last verified", "last reviewed",
        "date checked", "as of", "ultima actualizacion", "actualizado", "fecha de verificacion",
        "verificado",
    ),
    "service.verified_by": ("verified by", "updated by", "checked by", "verificado por"),
    "service.alert": ("alert", "notice", "temporary notice", "aviso"),
    "service.keywords": ("keywords", "key words", "search terms", "palabras clave"),
    "service.interpretation_services": (
        "interpretation", "interpreters", "interpretation services", "interpretes",
        "interpretacion",
    ),
    "service.visibility": ("visibility",),
    "service.private": (
        "private", "confidential", "is private", "is confidential", "do not publish",
        "exclude from website", "exclude from directory", "unlisted", "internal only", "staff only",
        "not public", "hide", "hidden", "confidencial", "privado",
        "excludefromwebsite", "excludefromdirectory", "isprivate", "isconfidential",
    ),
    "service.shown": (
        "public", "show on website", "publish", "published", "display on website",
        "available for directory", "available for referral", "show", "web display", "publico",
        "publicar", "availablefordirectory", "availableforreferral", "ispublic",
    ),
    "service.deleted": ("deleted", "delete", "removed", "is deleted", "eliminado", "borrado"),
    "location.name": (
        "location name", "site name", "site", "branch", "branch name", "sitio", "sucursal",
        "nombre del lugar", "lugar",
    ),
    "location.id": (
        "location id", "site id", "location uuid", "site uuid", "location ids", "site number",
        "place id",
    ),
    "location.description": ("location description", "site description", "place description"),
    "location.transportation": (
        "transportation", "bus", "transit", "directions", "bus route", "transporte", "como llegar",
    ),
    "location.latitude": ("latitude", "lat", "y", "latitud"),
    "location.longitude": ("longitude", "lon", "long", "lng", "x", "longitud"),
    "location.visibility": ("location visibility", "place visibility"),
    "location.private": (
        "confidential address", "address confidential", "address is confidential",
        "address private", "address is private", "private address", "physical address is private",
        "confidential location", "location is confidential", "location confidential",
        "secret location", "hide address", "direccion confidencial", "physicaladdressisprivate",
    ),
    "address.address_1": (
        "address", "street", "street address", "address 1", "address line 1", "address1",
        "physical address", "location address", "site address", "location", "address street",
        "direccion", "calle", "domicilio", "direccion fisica", "ubicacion",
    ),
    "address.address_2": (
        "address 2", "address line 2", "address2", "suite", "unit", "apt", "suite unit",
        "direccion 2", "piso", "oficina",
    ),
    "address.city": (
        "city", "town", "municipality", "city town", "physical city", "ciudad", "pueblo",
        "municipio",
    ),
    "address.state_province": (
        "state", "st", "province", "state province", "physical state", "estado", "provincia",
    ),
    "address.postal_code": (
        "zip", "zip code", "zipcode", "postal code", "zip postal code", "postcode", "codigo postal",
        "zona postal",
    ),
    "address.region": ("county", "county name", "parish", "condado"),
    "address.mailing": (
        "mailing address", "postal address", "mail address", "direccion postal",
        "direccion de correo",
    ),
    "accessibility.description": (
        "accessibility", "accessible", "handicap access", "ada accessible", "accesibilidad",
    ),
    "phone.number": (
        "phone", "phone number", "telephone", "telephone number", "contact number", "tel", "phones",
        "main phone", "phone main", "office phone", "contact phone", "call", "service phone",
        "program phone", "primary phone", "phone no", "business phone", "local phone", "telefono",
        "telefonos", "numero de telefono", "telefono principal", "numero",
    ),
    "phone.hotline": (
        "hotline", "crisis line", "hotline number", "24 hour hotline", "helpline",
        "linea de crisis", "linea de ayuda", "linea directa",
    ),
    "phone.toll_free": (
        "toll free", "toll free number", "toll free phone", "tollfree", "numero gratuito",
        "linea gratuita",
    ),
    "phone.alternate": (
        "alternate phone", "other phone", "second phone", "after hours phone", "otro telefono",
        "telefono alternativo", "celular",
    ),
    "phone.fax": ("fax", "fax number", "facsimile"),
    "phone.tty": ("tty", "tdd", "tty number", "tty tdd"),
    "phone.text": (
        "text", "text number", "sms", "text line", "mensaje de texto", "mensajes de texto",
    ),
    "phone.private": (
        "phone private", "phone is private", "phone confidential", "private phone",
        "confidential phone",
    ),
    "schedule.hours": (
        "hours", "hours of operation", "open", "opening hours", "business hours", "days and hours",
        "days hours", "schedule", "hours open", "times", "when", "days and times", "office hours",
        "hours of service", "service hours", "horario", "horarios", "horas", "horario de atencion",
        "dias y horas", "dias y horario",
    ),
    "service_area.name": (
        "area served", "counties served", "service area", "areas served", "coverage",
        "coverage area", "geographic area", "geographic area served", "county served", "serves",
        "region served", "service areas", "geography", "area de servicio", "areas de servicio",
        "cobertura", "condados", "zona de servicio",
    ),
    "language.name": (
        "languages", "language", "languages spoken", "languages offered", "other languages",
        "idioma", "idiomas",
    ),
    "required_document.document": (
        "documents", "what to bring", "documents required", "required documents",
        "documents needed", "documentation", "bring", "documentation required", "paperwork",
        "documentos", "documentos requeridos", "que traer",
    ),
    "taxonomy_term.name": (
        "category", "categories", "heading", "headings", "type", "service type", "type of service",
        "resource type", "program type", "topic", "topics", "service category", "need", "needs",
        "sub category", "subcategory", "tags", "categoria", "categorias", "tipo de servicio",
        "tipo", "tema", "temas",
    ),
    "contact.name": (
        "contact", "contact name", "contact person", "director", "staff contact", "contacto",
        "persona de contacto", "nombre de contacto", "director de programa",
    ),
    "contact.title": ("contact title", "title of contact", "position", "cargo", "puesto"),
}  # fmt: skip

HEADING_NAMES: Mapping[str, tuple[str, ...]] = {
    "basic-needs": ("basic human needs", "basic needs"),
    "health": ("physical and mental health", "health", "health and mental health"),
    "employment": ("employment support", "employment"),
    "seniors": ("support for senior citizens", "seniors", "senior citizens"),
    "families": ("children and families", "families", "support for children and families"),
    "volunteers": ("volunteers and donors", "volunteers"),
    "legal": ("advocacy and legal services", "legal", "legal services"),
    "emergency": (
        "emergency and disaster services", "emergency", "disaster services",
        "emergency and disaster",
    ),
}  # fmt: skip

_TARGETS = {header: target for target, headers in HEADER_SYNONYMS.items() for header in headers}
_SLUGS = {name: slug for slug, names in HEADING_NAMES.items() for name in names}


def fold_words(text: str) -> str:
    """Lower-case words without signs: how headers and names are compared."""
    return _NOT_WORD.sub(" ", text.replace("&", " and ").casefold()).strip()


def target_of(header: str) -> str:
    """What a column holds (a name in ``TARGETS``), by its header; "" when nobody can tell."""
    return next((_TARGETS[words] for words in _variants(header) if words in _TARGETS), "")


def similar_target(header: str) -> tuple[str, str]:
    """The target of the known header most like a misspelt one, and that header; "" when none."""
    words = fold_words(without_accents(header))
    found = extractOne(words, _TARGETS.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE)
    return (_TARGETS[found[0]], found[0]) if found and len(words) > _SHORTEST else ("", "")


def columns_of(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Target → the columns that have it, from pairs of (folded header, header as shown)."""
    found: dict[str, list[str]] = {}
    for folded, shown in headers:
        target = target_of(shown)
        if target and (target not in found or TARGETS[target].several):
            found.setdefault(target, []).append(folded)
    return found


def heading_of(category: str) -> str:
    """The slug of the heading with that slug or name, "" when it is none of the eight."""
    words = fold_words(category)
    slug = words.replace(" ", "-")
    return slug if slug in HEADING_NAMES else _SLUGS.get(words, "")


def _variants(header: str) -> list[str]:
    plain = without_accents(header)
    whole, outside = fold_words(plain), fold_words(_ASIDE.sub(" ", plain))
    tries = [whole, outside, *(_NUMBERED.sub("", words) for words in (whole, outside))]
    return tries + [_OWNER.sub("", words) for words in tries]
