"""Header synonyms (English, Spanish) by field, and names of headings."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NOT_WORD = re.compile(r"[\W_]+")

# Target → headers, in English and Spanish, in lower case without signs or accents. The first
# column that fits is taken, except for the targets that several columns may hold.
HEADER_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "organization.name": (
        "agency", "agency name", "organization", "organization name", "organisation", "provider",
        "provider name", "company", "company name", "name of agency", "name of organization",
        "parent agency", "nonprofit", "sponsor", "site agency", "organizacion",
        "nombre de la organizacion", "agencia", "nombre de la agencia", "proveedor", "entidad",
        "institucion", "run by", "operated by", "hosted by", "offered by", "host agency", "org",
        "org name", "charity", "charity name", "name of charity", "group name", "name of group",
        "name of provider", "agency organization", "organization agency",
        "agency organization name", "organization agency name", "facility", "facility name",
        "partner agency", "community partner", "business name", "entity name", "legal name",
        "church", "church name", "organisation name", "name of organisation", "your organization",
        "nombre de organizacion", "nombre de su organizacion", "nombre del proveedor",
        "nombre de la institucion", "organismo", "nombre de la entidad", "nombre del organismo",
    ),
    "organization.id": (
        "organization id", "agency id", "org id", "provider id", "organization uuid", "agency uuid",
        "organization key", "agency number", "id de la organizacion", "agency no",
        "organization no", "charity id", "facility id", "organization code", "agency code",
    ),
    "organization.alternate_name": (
        "organization alternate name", "agency alternate name", "agency aka",
    ),
    "organization.description": (
        "agency description", "organization description", "about the organization",
        "about the agency", "mission", "mission statement", "organization summary", "about us",
        "mision", "descripcion de la organizacion",
    ),
    "organization.website": ("agency website", "organization website", "agency url"),
    "organization.email": ("organization email", "agency email"),
    "organization.tax_id": (
        "organization tax id", "tax id", "ein", "fein", "charity number", "charity no",
        "registered charity number", "charity registration number", "company number",
        "federal tax id", "employer identification number", "tax number",
    ),
    "organization.legal_status": ("organization legal status", "legal status"),
    "organization.year_incorporated": ("organization year incorporated", "year incorporated"),
    "service.name": (
        "service name", "program name", "name of service", "name of program", "service", "program",
        "resource", "resource name", "name", "title", "listing", "listing name", "program service",
        "service program", "servicio", "nombre del servicio", "programa", "nombre del programa",
        "nombre", "recurso", "name of service or product", "service or product", "name of resource",
        "resource title", "program or service", "program or service name", "service or program",
        "service or program name", "name of program or service", "name of service or program",
        "program service name", "program title", "service title", "activity", "activity name",
        "nombre de servicio", "nombre de programa", "nombre del recurso", "nombre de recurso",
        "titulo", "pantry name", "shelter name", "clinic name", "meal site name", "hotline name",
    ),
    "service.id": (
        "id", "service id", "record id", "resource id", "program id", "listing id", "uuid",
        "id del servicio", "identificador", "object id", "guid", "service code", "program code",
        "service number", "row id", "reference number", "ref",
    ),
    "service.alternate_name": (
        "alternate name", "also known as", "aka", "other name", "acronym", "otro nombre",
        "tambien conocido como",
    ),
    "service.description": (
        "description", "about", "what", "what it does", "what they do", "what we do",
        "service description",
        "program description", "services", "services offered", "services provided", "details",
        "summary", "overview", "resource description", "purpose", "descripcion",
        "descripcion del servicio", "descripcion del programa", "servicios", "servicios ofrecidos",
        "que ofrecen", "detalles", "what services do you offer", "what services do you provide",
        "what services does your organization provide",
        "what services does your organization offer", "services available", "brief description",
        "short description", "description of services", "description of service",
        "description of program", "service details", "program summary", "program details",
        "what is it", "what it is", "what is offered", "what is available", "what is provided",
        "summary of services", "services description", "about the service", "about this service",
        "about the program", "assistance provided", "help offered", "descripcion breve",
        "descripcion de servicios", "descripcion de los servicios", "que servicios ofrece",
        "que servicios ofrecen", "servicios que ofrece", "resumen", "servicios disponibles",
    ),
    "service.more_description": (
        "additional information", "more information", "other information", "informacion adicional",
        "mas informacion", "long description", "full description", "additional details",
        "additional info", "other info", "other details", "public notes", "more info",
        "public comments", "further information", "further details", "otra informacion",
        "detalles adicionales",
    ),
    "service.url": (
        "website", "url", "web", "web site", "web address", "web page", "webpage", "link",
        "homepage", "site url", "internet", "website url", "service url", "program website",
        "sitio web", "pagina web", "pagina", "enlace", "website address", "web link",
        "link to website", "more info link", "program link", "website link", "website or link",
        "web url", "site web", "sitio de internet", "direccion web", "pagina de internet",
    ),
    "service.email": (
        "email", "e mail", "email address", "e mail address", "contact email", "service email",
        "correo", "correo electronico", "contact email address", "general email", "public email",
        "main email", "organization or program email", "correo de contacto",
        "direccion de correo electronico", "email de contacto", "e mail contact",
    ),
    "service.status": (
        "status", "service status", "listing status", "estatus", "estado del servicio",
        "current status", "estado actual",
    ),
    "service.application_process": (
        "how to apply", "application", "intake", "intake process", "application process",
        "how to get help", "how to access", "intake procedure", "referral process", "access",
        "procedure", "how to enroll", "como solicitar", "como aplicar", "proceso de solicitud",
        "solicitud", "how to join", "how do i join", "how to register", "registration",
        "registration process", "how to sign up", "sign up", "enrollment", "enrolment",
        "enrollment process", "how to refer", "how to make a referral", "how to get started",
        "how to get services", "how to get this service", "how to receive services", "getting help",
        "steps to apply", "appointments", "appointment needed", "how to book", "booking",
        "access information", "entry process", "how do i apply", "how do people apply",
        "how do clients apply", "how can people apply", "how do people access your services",
        "how do clients access services", "how to use", "application procedure",
        "application procedures", "intake information", "intake procedures", "como inscribirse",
        "como acceder", "inscripcion", "registro", "como obtener ayuda", "como registrarse",
        "proceso de inscripcion", "como se solicita", "como obtener el servicio", "como participar",
    ),
    "service.fees_description": (
        "cost", "costs", "fees", "fee", "price", "fee structure", "charges", "cost of service",
        "payment", "cost to client", "program fees", "costo", "costos", "precio", "tarifa",
        "tarifas", "fee info", "is it free", "cost fee", "cost fees", "fees and payment", "charge",
        "price range", "how much does it cost", "payment methods", "payment accepted",
        "cost information", "fees charges", "cuota", "cuotas", "cuanto cuesta",
        "costo del servicio",
    ),
    "service.wait_time": (
        "wait time", "waiting list", "waitlist", "wait list", "lista de espera", "tiempo de espera",
        "waiting time", "wait", "tiempo de la lista de espera",
    ),
    "service.eligibility_description": (
        "people served", "who can come", "takes", "who is served", "people we serve",
        "eligibility", "who can apply", "requirements", "eligibility requirements", "who qualifies",
        "eligible", "who", "who is eligible", "target population", "population served",
        "who we serve", "eligibility criteria", "clients served", "who they serve", "elegibilidad",
        "requisitos", "quien puede solicitar", "quienes califican", "a quien sirve",
        "demographic requirements", "demographics", "demographic served", "demographics served",
        "who can use it", "who can use this service", "who is it for", "who it is for",
        "who is this for", "who is this service for", "criteria", "restrictions",
        "eligibility notes", "eligibility information", "client requirements",
        "participant requirements", "qualifications", "residency requirements",
        "income requirements", "audience", "target audience", "target group", "population",
        "populations served", "who is it open to", "open to", "eligible population",
        "eligible populations", "who is eligible for your services", "who do you serve",
        "who can get help", "who can get it", "clientele", "client group", "a quien va dirigido",
        "poblacion", "poblacion atendida", "dirigido a", "criterios", "requisitos de elegibilidad",
        "para quien es", "para quien", "quien es elegible", "a quienes sirven",
    ),
    "service.more_eligibility": (
        "income limit", "income limits", "maximum income", "income guideline", "income guidelines",
        "income eligibility", "require veteran", "requires veteran", "veterans only",
        "veteran status", "military status", "immigration status", "citizenship",
        "citizenship status", "incarceration status", "criminal record", "gender", "sex",
        "gender restriction", "gender restrictions", "limite de ingresos", "ingreso maximo",
        "estatus migratorio", "situacion migratoria", "ciudadania", "solo veteranos", "genero",
        "sexo",
    ),
    "service.population": (
        "age group", "age groups", "ages", "ages served", "age range", "gender served",
        "genders served", "age groups served", "edades", "grupos de edad",
    ),
    "service.minimum_age": ("minimum age", "min age", "age from", "youngest age", "edad minima"),
    "service.maximum_age": ("maximum age", "max age", "age to", "oldest age", "edad maxima"),
    "service.assured_date": (
        "last updated", "verified", "date verified", "last verified", "updated", "date updated",
        "verified on", "last checked", "verification date", "date last verified", "last reviewed",
        "date checked", "as of", "ultima actualizacion", "actualizado", "fecha de verificacion",
        "verificado",
    ),
    "service.verified_by": (
        "verified by", "updated by", "checked by", "verificado por", "verified by name",
    ),
    "service.alert": ("alert", "notice", "temporary notice", "aviso"),
    "service.keywords": (
        "keywords", "key words", "search terms", "palabras clave", "search words",
        "palabras de busqueda",
    ),
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
        "location name", "site name", "site", "place", "office", "clinic", "center",
        "shelter", "pantry", "food pantry", "branch", "branch name", "sitio", "sucursal",
        "nombre del lugar", "lugar", "building name", "venue name", "place name",
        "location site name", "site location name", "nombre del sitio", "nombre de la ubicacion",
    ),
    "location.id": (
        "location id", "site id", "location uuid", "site uuid", "location ids", "site number",
        "place id",
    ),
    "location.description": ("location description", "site description", "place description"),
    "location.transportation": (
        "transportation", "bus", "transit", "directions", "bus route", "transporte", "como llegar",
        "bus lines", "public transit", "public transportation", "nearest bus stop",
        "transit directions", "transit information", "public transport", "transporte publico",
        "rutas de autobus",
    ),
    "location.latitude": (
        "latitude", "lat", "y", "latitud", "gps latitude", "geo lat", "lat coordinate",
        "latitude y", "geolat",
    ),
    "location.longitude": (
        "longitude", "lon", "long", "lng", "x", "longitud", "gps longitude", "geo lng", "geo lon",
        "long coordinate", "longitude x", "geolong", "lng coordinate",
    ),
    "location.position": (
        "latlon", "latlong", "latlng", "lat lon", "lat long", "lat lng", "latitude longitude",
        "latitude and longitude", "lonlat", "coordinates", "coordenadas", "gps", "gps coordinates",
        "geo point", "geopoint", "geolocation", "geocoded location", "georeference", "point",
    ),
    "location.visibility": ("location visibility", "place visibility"),
    "location.private": (
        "confidential address", "address confidential", "address is confidential",
        "address private", "address is private", "private address", "physical address is private",
        "confidential location", "location is confidential", "location confidential",
        "secret location", "hide address", "direccion confidencial", "physicaladdressisprivate",
        "address not public", "do not publish address", "do not list address",
        "do not show address", "no publicar direccion",
    ),
    "address.address_1": (
        "address", "street", "street address", "address 1", "address line 1", "address1",
        "physical address", "location address", "site address", "location", "address street",
        "direccion", "calle", "domicilio", "direccion fisica", "ubicacion", "full address",
        "complete address", "street name", "street address 1", "street 1", "address street 1",
        "physical location", "where", "where is it", "venue", "venue address", "meeting place",
        "office address", "business address", "main address", "building address", "service address",
        "program address", "resource address", "service location", "program location",
        "address of service", "address line", "street number and name", "direccion completa",
        "domicilio fisico", "calle y numero", "direccion del lugar", "donde",
        "direccion fisica completa", "direccion de la organizacion",
    ),
    "address.address_2": (
        "address 2", "address line 2", "address2", "suite", "unit", "apt", "suite unit",
        "direccion 2", "piso", "oficina", "suite apt", "unit number", "ste", "suite number",
        "address line 3", "address 3", "street address 2", "street 2", "apartment",
        "piso oficina",
    ),
    "address.city": (
        "city", "town", "municipality", "city town", "physical city", "ciudad", "pueblo",
        "municipio", "city name", "post town", "town or city", "village", "address locality",
        "locality", "localidad", "city or town",
    ),
    "address.state_province": (
        "state", "st", "province", "state province", "physical state", "estado", "provincia",
        "state code", "state abbreviation", "state territory", "address region",
    ),
    "address.postal_code": (
        "zip", "zip code", "zipcode", "postal code", "zip postal code", "postcode", "codigo postal",
        "zona postal", "zip postal", "post code", "postal zip", "zip code 5", "c p", "cp",
        "codigo postal zip",
    ),
    "address.region": (
        "county", "county name", "parish", "condado", "local authority", "borough",
        "county or borough", "county region",
    ),
    "address.mailing": (
        "mailing address", "postal address", "mail address", "direccion postal",
        "direccion de correo", "mailing", "mailing street address", "correspondence address",
        "direccion para correspondencia",
    ),
    "accessibility.description": (
        "accessibility", "accessible", "handicap access", "ada accessible", "accesibilidad",
        "wheelchair accessible", "wheelchair access", "disabled access", "disability access",
        "ada accessibility", "accessibility information", "access for disabled people",
        "acceso para sillas de ruedas", "acceso para discapacitados",
    ),
    "phone.number": (
        "phone", "phone number", "telephone", "telephone number", "contact number", "tel", "phones",
        "main phone", "phone main", "office phone", "contact phone", "call", "service phone",
        "program phone", "primary phone", "phone no", "business phone", "local phone", "telefono",
        "telefonos", "numero de telefono", "telefono principal", "numero", "phone numbers",
        "main number", "main telephone", "intake line", "ph", "tel no", "telephone no",
        "tel number", "public phone",
        "contact telephone", "contact tel", "landline", "intake phone", "intake number",
        "appointment phone", "phone contact", "phone 1", "call for appointment", "general phone",
        "phones number", "numero telefonico", "telefono de contacto", "telefono fijo",
        "numeros de telefono", "tel contacto",
    ),
    "phone.hotline": (
        "hotline", "crisis line", "hotline number", "24 hour hotline", "helpline",
        "linea de crisis", "linea de ayuda", "linea directa", "24 hour line", "24 hr hotline",
        "24 7 hotline", "hotline phone", "crisis hotline", "crisis phone", "crisis number",
        "help line", "linea de emergencia",
    ),
    "phone.toll_free": (
        "toll free", "toll free number", "toll free phone", "tollfree", "numero gratuito",
        "linea gratuita", "toll free line", "freephone", "free phone", "800 number",
        "linea sin costo", "numero sin costo",
    ),
    "phone.alternate": (
        "alternate phone", "other phone", "second phone", "after hours phone", "otro telefono",
        "telefono alternativo", "celular", "mobile", "mobile phone", "mobile number", "cell",
        "cell phone", "secondary phone", "alternative phone", "alt phone", "second phone number",
        "additional phone", "movil", "telefono movil", "telefono 2",
    ),
    "phone.fax": (
        "fax", "fax number", "facsimile", "fax no", "numero de fax",
    ),
    "phone.tty": ("tty", "tdd", "tty number", "tty tdd"),
    "phone.text": (
        "text", "text number", "sms", "text line", "mensaje de texto", "mensajes de texto",
        "text message", "text us", "text message number", "text phone number",
    ),
    "phone.private": (
        "phone private", "phone is private", "phone confidential", "private phone",
        "confidential phone",
    ),
    "schedule.hours": (
        "days", "days open", "open days", "intake hours", "opening",
        "hours", "hours of operation", "open", "opening hours", "business hours", "days and hours",
        "days hours", "schedule", "hours open", "times", "when", "days and times", "office hours",
        "hours of service", "service hours", "horario", "horarios", "horas", "horario de atencion",
        "dias y horas", "dias y horario", "open hours", "operating hours", "operating times",
        "opening times", "open times", "days open", "days of operation",
        "days and hours of operation", "hours and days", "days and hours open",
        "distribution times", "distribution hours", "distribution schedule", "day and time",
        "day time", "days times", "meeting times", "program hours", "clinic hours", "when open",
        "when is it open", "hours of availability", "hours days of operation",
        "what are your hours", "business hours of operation", "time", "times open", "pantry hours",
        "horario de servicio", "horas de operacion", "dias y horarios", "horario de operacion",
        "cuando", "horas de servicio", "horario de oficina", "dias y horas de servicio",
        "horario de apertura", "dias de servicio",
    ),
    "service_area.name": (
        "area served", "counties served", "service area", "areas served", "coverage",
        "coverage area", "geographic area", "geographic area served", "county served", "serves",
        "region served", "service areas", "geography", "area de servicio", "areas de servicio",
        "cobertura", "condados", "zona de servicio", "counties", "areas covered", "area covered",
        "service territory", "regions served", "catchment area", "catchment", "geographic coverage",
        "geographic areas", "zip codes served", "cities served", "towns served",
        "neighborhoods served", "coverage areas", "jurisdiction", "boroughs covered",
        "areas of service", "area of service", "where do you serve", "what area do you serve",
        "what counties do you serve", "zonas", "zonas de servicio", "areas que sirve",
        "condados atendidos", "area geografica", "area de cobertura", "region atendida",
        "condados que sirve",
    ),
    "language.name": (
        "languages", "language", "languages spoken", "languages offered", "other languages",
        "idioma", "idiomas", "languages available", "languages supported", "language access",
        "languages served", "languages of service", "language s", "what languages do you speak",
        "what languages are services offered in", "idiomas disponibles", "lenguas",
        "idiomas que se hablan", "idiomas ofrecidos", "que idiomas hablan", "lenguajes",
    ),
    "required_document.document": (
        "documents", "what to bring", "documents required", "required documents",
        "documents needed", "documentation", "bring", "documentation required", "paperwork",
        "documentos", "documentos requeridos", "que traer", "what do i need", "what you need",
        "what do i need to bring", "what to bring with you", "id required", "documents to bring",
        "proof required", "id needed", "que necesita", "que necesito", "que llevar",
        "documentos necesarios", "que debo traer",
    ),
    "taxonomy_term.name": (
        "category", "categories", "areas of law", "area of law", "practice areas",
        "heading", "headings", "type", "service type", "type of service",
        "resource type", "program type", "topic", "topics", "service category", "need", "needs",
        "sub category", "subcategory", "tags", "categoria", "categorias", "tipo de servicio",
        "tipo", "tema", "temas", "resource category", "primary category", "main category",
        "secondary category", "category name", "type of resource", "type of help",
        "types of service", "types of services", "kind of service", "type of program", "focus area",
        "focus areas", "area of focus", "areas of focus", "issue area", "other topics",
        "service types", "services category", "type of assistance", "primary service",
        "service group", "problem code", "problem codes",
        "taxonomy", "taxonomy term", "taxonomy terms", "categorias de servicio",
        "tipo de recurso", "tipo de ayuda", "tipo de programa", "area tematica",
        "tipos de servicio", "tipos de servicios", "categoria de servicio",
    ),
    "contact.name": (
        "contact", "contact name", "contact person", "director", "staff contact", "contacto",
        "persona de contacto", "nombre de contacto", "director de programa", "best contact",
        "point of contact", "primary contact", "main contact", "contact full name",
        "program contact", "program manager", "key contact", "named contact",
        "contact for more information", "nombre del contacto", "persona encargada", "responsable",
    ),
    "contact.title": (
        "contact title", "title of contact", "position", "cargo", "puesto", "contact role",
        "job title", "contact position", "contact job title", "cargo del contacto",
    ),
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

# Headers of what a program or a form says of the row itself. Their cells are not guessed at: a day
# of entry is not a day of checking, and the address of who filled in a form is not the service's.
ABOUT_THE_ROW = frozenset(
    {
        "timestamp", "time stamp", "created", "created at", "createdat", "created time",
        "created on", "created date", "date created", "date added", "added on", "entered on",
        "entered by", "date entered", "entry date", "updatedat", "updated at", "last modified",
        "last modified time", "last modified by", "modified", "modified on", "date modified",
        "submitted", "submitted at", "submitted on", "submission date", "submission time",
        "start time", "completion time", "ip address", "ip", "respondent", "respondent email",
        "username", "your name", "your email", "your email address", "submitted by", "notes",
        "internal notes", "staff notes", "comments", "marca temporal", "fecha de creacion",
        "fecha de registro", "notas", "comentarios", "su nombre", "su correo electronico",
        "nombre de usuario", "attachments", "photo", "row", "row number", "no", "num",
    }
)  # fmt: skip

_SLUGS = {name: slug for slug, names in HEADING_NAMES.items() for name in names}


def fold_words(text: str) -> str:
    """Lower-case words without signs: how headers and names are compared."""
    return _NOT_WORD.sub(" ", text.replace("&", " and ").casefold()).strip()


def heading_of(category: str) -> str:
    """The slug of the heading with that slug or name, "" when it is none of the eight."""
    words = fold_words(category)
    slug = words.replace(" ", "-")
    return slug if slug in HEADING_NAMES else _SLUGS.get(words, "")
