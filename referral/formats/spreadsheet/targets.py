"""Targets: the fields that a spreadsheet column can hold, with known headers and cell checks.

A target is a field of a record under its HSDS name (``service.name``). The column page, saved
mappings, the proposal of a mapping and docs/importing.md take their targets from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from referral.formats.spreadsheet import cell_checks as cells
from referral.message import Message, message

Fits = Callable[[str], bool]

DAY_TARGET = "schedule.day"
"""Target of weekday columns: cells are marks or times, the ``marks`` of a rule are the day."""

NAME_TARGETS = ("service.name", "organization.name")


def _always(_text: str) -> bool:
    return True


def _never(_text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Target:
    """A target of spreadsheet columns: a record field with its known headers.

    Attributes:
        name: of a record's kind and its field.
        label: how pages call it.
        headers: headers that name it, in English and Spanish, in lower case without signs or
            accents, separated by ``|``. No header names two targets.
        can_repeat: whether several columns may hold it; all of them are read.
        can_list: whether a cell may hold several values, separated by ``split`` of the mapping.
        marked: label of a yes/no column whose header names a value of the target; None if the
            target has no such columns.
        is_flag: a column of it is a yes or no to the target itself.
        fits: whether a cell can hold it. Where few cells do, the header is not believed.
        is_surely: whether a cell can hold nothing else, so that cells alone can name the target.
        kind: shared by targets whose cells look alike; "" if cells do not show the target.
    """

    name: str
    label: Message
    headers: str = ""
    can_repeat: bool = False
    can_list: bool = False
    marked: Message | None = None
    is_flag: bool = False
    fits: Fits = _always
    is_surely: Fits = _never
    kind: str = ""

    @property
    def can_be_marked(self) -> bool:
        """Return whether a column may mark by yes or no that a value in its header applies."""
        return self.marked is not None or self.name == DAY_TARGET

    @property
    def words(self) -> Iterator[str]:
        """Return the known headers of a column target."""
        return filter(None, self.headers.split("|"))


_SERVICE = (
    Target(
        "service.name",
        message("Name of the service"),
        "service name|program name|name of service|name of program|service|program|"
        "resource|resource name|name|title|listing|listing name|program service|"
        "service program|servicio|nombre del servicio|programa|nombre del programa|nombre|"
        "recurso|name of service or product|service or product|name of resource|"
        "resource title|program or service|program or service name|service or program|"
        "service or program name|name of program or service|name of service or program|"
        "program service name|program title|service title|activity|activity name|"
        "nombre de servicio|nombre de programa|nombre del recurso|nombre de recurso|titulo|"
        "pantry name|shelter name|clinic name|meal site name|hotline name",
        fits=cells.has_letters,
    ),
    Target(
        "service.alternate_name",
        message("Other name of the service"),
        "alternate name|also known as|aka|other name|acronym|otro nombre|tambien conocido como",
    ),
    Target(
        "service.description",
        message("What it does"),
        "description|about|what|what it does|what they do|what we do|service description|"
        "program description|services|services offered|services provided|details|summary|"
        "overview|resource description|purpose|descripcion|descripcion del servicio|"
        "descripcion del programa|servicios|servicios ofrecidos|que ofrecen|detalles|"
        "what services do you offer|what services do you provide|"
        "what services does your organization provide|"
        "what services does your organization offer|services available|brief description|"
        "short description|description of services|description of service|"
        "description of program|service details|program summary|program details|what is it|"
        "what it is|what is offered|what is available|what is provided|summary of services|"
        "services description|about the service|about this service|about the program|"
        "assistance provided|help offered|descripcion breve|descripcion de servicios|"
        "descripcion de los servicios|que servicios ofrece|que servicios ofrecen|"
        "servicios que ofrece|resumen|servicios disponibles",
        fits=cells.has_letters,
    ),
    Target(
        "service.more_description",
        message("More about what it does"),
        "additional information|more information|other information|informacion adicional|"
        "mas informacion|long description|full description|additional details|"
        "additional info|other info|other details|public notes|more info|public comments|"
        "further information|further details|otra informacion|detalles adicionales",
        can_repeat=True,
    ),
    Target(
        "service.alert",
        message("Notice, such as: closed in May"),
        "alert|notice|temporary notice|aviso",
    ),
    Target(
        "service.status",
        message("Whether it still runs"),
        "status|service status|listing status|estatus|estado del servicio|current status|"
        "estado actual",
        fits=cells.is_status,
    ),
    Target(
        "service.deleted",
        message("Yes means it has ended"),
        "deleted|delete|removed|is deleted|eliminado|borrado",
        is_flag=True,
        fits=cells.may_be_flag,
    ),
)
_ORGANIZATION = (
    Target(
        "organization.name",
        message("Name of the organization"),
        "agency|agency name|organization|organization name|organisation|provider|"
        "provider name|company|company name|name of agency|name of organization|"
        "parent agency|nonprofit|sponsor|site agency|organizacion|nombre de la organizacion|"
        "agencia|nombre de la agencia|proveedor|entidad|institucion|run by|operated by|"
        "hosted by|offered by|host agency|org|org name|charity|charity name|"
        "name of charity|group name|name of group|name of provider|agency organization|"
        "organization agency|agency organization name|organization agency name|facility|"
        "facility name|partner agency|community partner|business name|entity name|"
        "legal name|church|church name|organisation name|name of organisation|"
        "your organization|nombre de organizacion|nombre de su organizacion|"
        "nombre del proveedor|nombre de la institucion|organismo|nombre de la entidad|"
        "nombre del organismo",
        fits=cells.has_letters,
    ),
    Target(
        "organization.alternate_name",
        message("Other name of the organization"),
        "organization alternate name|agency alternate name|agency aka",
    ),
    Target(
        "organization.description",
        message("About the organization"),
        "agency description|organization description|about the organization|about the agency|"
        "mission|mission statement|organization summary|about us|mision|"
        "descripcion de la organizacion",
    ),
    Target(
        "organization.website",
        message("Website of the organization"),
        "agency website|organization website|agency url",
        fits=cells.may_be_url,
        kind="url",
    ),
    Target(
        "organization.email",
        message("E-mail of the organization"),
        "organization email|agency email",
        fits=cells.has_email,
        kind="email",
    ),
    Target(
        "organization.tax_id",
        message("Tax number (EIN)"),
        "organization tax id|tax id|ein|fein|charity number|charity no|"
        "registered charity number|charity registration number|company number|federal tax id|"
        "employer identification number|tax number",
    ),
    Target(
        "organization.legal_status", message("Legal form"), "organization legal status|legal status"
    ),
    Target(
        "organization.year_incorporated",
        message("Year it was founded"),
        "organization year incorporated|year incorporated",
    ),
)
_REACH = (
    Target(
        "phone.number",
        message("Phone, one or several"),
        "phone|phone number|telephone|telephone number|contact number|tel|phones|"
        "main phone|phone main|office phone|contact phone|call|service phone|program phone|"
        "primary phone|phone no|business phone|local phone|telefono|telefonos|"
        "numero de telefono|telefono principal|numero|phone numbers|main number|"
        "main telephone|intake line|ph|tel no|telephone no|tel number|public phone|"
        "contact telephone|contact tel|landline|intake phone|intake number|"
        "appointment phone|phone contact|phone 1|call for appointment|general phone|"
        "phones number|numero telefonico|telefono de contacto|telefono fijo|"
        "numeros de telefono|tel contacto",
        can_repeat=True,
        can_list=True,
        fits=cells.has_phone,
        kind="phone",
        is_surely=cells.is_phone,
    ),
    Target(
        "phone.hotline",
        message("Hotline"),
        "hotline|crisis line|hotline number|24 hour hotline|helpline|linea de crisis|"
        "linea de ayuda|linea directa|24 hour line|24 hr hotline|24 7 hotline|hotline phone|"
        "crisis hotline|crisis phone|crisis number|help line|linea de emergencia",
        can_repeat=True,
        can_list=True,
        kind="phone",
    ),
    Target(
        "phone.toll_free",
        message("Free phone (800)"),
        "toll free|toll free number|toll free phone|tollfree|numero gratuito|linea gratuita|"
        "toll free line|freephone|free phone|800 number|linea sin costo|numero sin costo",
        can_repeat=True,
        can_list=True,
        kind="phone",
    ),
    Target(
        "phone.alternate",
        message("Another phone"),
        "alternate phone|other phone|second phone|after hours phone|otro telefono|"
        "telefono alternativo|celular|mobile|mobile phone|mobile number|cell|cell phone|"
        "secondary phone|alternative phone|alt phone|second phone number|additional phone|"
        "movil|telefono movil|telefono 2",
        can_repeat=True,
        can_list=True,
        kind="phone",
    ),
    Target(
        "phone.text",
        message("Number for text messages"),
        "text|text number|sms|text line|mensaje de texto|mensajes de texto|text message|"
        "text us|text message number|text phone number",
        can_repeat=True,
        can_list=True,
        kind="phone",
    ),
    Target(
        "phone.tty",
        message("TTY, for deaf people"),
        "tty|tdd|tty number|tty tdd",
        can_repeat=True,
        can_list=True,
        kind="phone",
    ),
    Target(
        "phone.fax",
        message("Fax"),
        "fax|fax number|facsimile|fax no|numero de fax",
        can_repeat=True,
        can_list=True,
        kind="phone",
    ),
    Target(
        "service.url",
        message("Website of the service"),
        "website|url|web|web site|web address|web page|webpage|link|homepage|site url|"
        "internet|website url|service url|program website|sitio web|pagina web|pagina|"
        "enlace|website address|web link|link to website|more info link|program link|"
        "website link|website or link|web url|site web|sitio de internet|direccion web|"
        "pagina de internet",
        fits=cells.may_be_url,
        kind="url",
        is_surely=cells.is_url,
    ),
    Target(
        "service.email",
        message("E-mail of the service"),
        "email|e mail|email address|e mail address|contact email|service email|correo|"
        "correo electronico|contact email address|general email|public email|main email|"
        "organization or program email|correo de contacto|direccion de correo electronico|"
        "email de contacto|e mail contact",
        fits=cells.has_email,
        kind="email",
        is_surely=cells.is_email,
    ),
    Target(
        "contact.name",
        message("Contact person: name"),
        "contact|contact name|contact person|director|staff contact|contacto|"
        "persona de contacto|nombre de contacto|director de programa|best contact|"
        "point of contact|primary contact|main contact|contact full name|program contact|"
        "program manager|key contact|named contact|contact for more information|"
        "nombre del contacto|persona encargada|responsable",
        fits=cells.has_letters,
    ),
    Target(
        "contact.title",
        message("Contact person: position"),
        "contact title|title of contact|position|cargo|puesto|contact role|job title|"
        "contact position|contact job title|cargo del contacto",
    ),
)
_PLACE = (
    Target(
        "address.address_1",
        message("Street, or the whole address"),
        "address|street|street address|address 1|address line 1|address1|physical address|"
        "location address|site address|location|address street|direccion|calle|domicilio|"
        "direccion fisica|ubicacion|full address|complete address|street name|"
        "street address 1|street 1|address street 1|physical location|where|where is it|"
        "venue|venue address|meeting place|office address|business address|main address|"
        "building address|service address|program address|resource address|service location|"
        "program location|address of service|address line|street number and name|"
        "direccion completa|domicilio fisico|calle y numero|direccion del lugar|donde|"
        "direccion fisica completa|direccion de la organizacion|locations|addresses|"
        "service locations|direcciones|ubicaciones",
        fits=cells.may_be_street,
        is_surely=cells.is_street,
    ),
    Target(
        "address.address_2",
        message("Suite, floor or building"),
        "address 2|address line 2|address2|suite|unit|apt|suite unit|direccion 2|piso|"
        "oficina|suite apt|unit number|ste|suite number|address line 3|address 3|"
        "street address 2|street 2|apartment|piso oficina",
    ),
    Target(
        "address.city",
        message("City"),
        "city|town|municipality|city town|physical city|ciudad|pueblo|municipio|"
        "city name|post town|town or city|village|address locality|locality|localidad|"
        "city or town",
        fits=cells.is_place_name,
    ),
    Target(
        "address.state_province",
        message("State"),
        "state|st|province|state province|physical state|estado|provincia|state code|"
        "state abbreviation|state territory|address region",
        fits=cells.is_place_name,
        is_surely=cells.is_state,
    ),
    Target(
        "address.postal_code",
        message("ZIP code"),
        "zip|zip code|zipcode|postal code|zip postal code|postcode|codigo postal|"
        "zona postal|zip postal|post code|postal zip|zip code 5|c p|cp|codigo postal zip",
        fits=cells.is_postcode,
        kind="postal code",
        is_surely=cells.is_zip,
    ),
    Target(
        "address.region",
        message("County of the address"),
        "county|county name|parish|condado|local authority|borough|county or borough|county region",
        fits=cells.is_place_name,
    ),
    Target(
        "address.mailing",
        message("Address for mail"),
        "mailing address|postal address|mail address|direccion postal|direccion de correo|"
        "mailing|mailing street address|correspondence address|direccion para correspondencia",
    ),
    Target(
        "location.name",
        message("Name of the place"),
        "location name|site name|site|place|office|clinic|center|shelter|pantry|"
        "food pantry|branch|branch name|sitio|sucursal|nombre del lugar|lugar|"
        "building name|venue name|place name|location site name|site location name|"
        "nombre del sitio|nombre de la ubicacion",
        fits=cells.has_letters,
    ),
    Target(
        "location.description",
        message("About the place"),
        "location description|site description|place description",
    ),
    Target(
        "location.transportation",
        message("How to get there"),
        "transportation|bus|transit|directions|bus route|transporte|como llegar|bus lines|"
        "public transit|public transportation|nearest bus stop|transit directions|"
        "transit information|public transport|transporte publico|rutas de autobus",
    ),
    Target(
        "location.latitude",
        message("Latitude"),
        "latitude|lat|y|latitud|gps latitude|geo lat|lat coordinate|latitude y|geolat",
        fits=cells.is_number,
    ),
    Target(
        "location.longitude",
        message("Longitude"),
        "longitude|lon|long|lng|x|longitud|gps longitude|geo lng|geo lon|"
        "long coordinate|longitude x|geolong|lng coordinate",
        fits=cells.is_number,
    ),
    Target(
        "location.position",
        message("Latitude and longitude"),
        "latlon|latlong|latlng|lat lon|lat long|lat lng|latitude longitude|"
        "latitude and longitude|lonlat|coordinates|coordenadas|gps|gps coordinates|"
        "geo point|geopoint|geolocation|geocoded location|georeference|point",
        fits=cells.is_position,
        kind="position",
        is_surely=cells.is_position,
    ),
    Target(
        "accessibility.description",
        message("Access for disabled people"),
        "accessibility|accessible|handicap access|ada accessible|accesibilidad|"
        "wheelchair accessible|wheelchair access|disabled access|disability access|"
        "ada accessibility|accessibility information|access for disabled people|"
        "acceso para sillas de ruedas|acceso para discapacitados",
        marked=message("Yes means it has this access"),
        can_repeat=True,
    ),
)
_HOURS = (
    Target(
        "schedule.hours",
        message("Opening hours"),
        "days|days open|open days|intake hours|opening|hours|hours of operation|open|"
        "opening hours|business hours|days and hours|days hours|schedule|hours open|times|"
        "when|days and times|office hours|hours of service|service hours|horario|horarios|"
        "horas|horario de atencion|dias y horas|dias y horario|open hours|operating hours|"
        "operating times|opening times|open times|days of operation|"
        "days and hours of operation|hours and days|days and hours open|distribution times|"
        "distribution hours|distribution schedule|day and time|day time|days times|"
        "meeting times|program hours|clinic hours|when open|when is it open|"
        "hours of availability|hours days of operation|what are your hours|"
        "business hours of operation|time|times open|pantry hours|horario de servicio|"
        "horas de operacion|dias y horarios|horario de operacion|cuando|horas de servicio|"
        "horario de oficina|dias y horas de servicio|horario de apertura|dias de servicio",
        can_repeat=True,
        fits=cells.mentions_hours,
        kind="hours",
        is_surely=cells.is_hours,
    ),
    Target("schedule.day", message("Hours of one day of the week"), can_repeat=True),
    Target(
        "schedule.opens",
        message("Time it opens, on the day in the heading or beside it"),
        can_repeat=True,
    ),
    Target(
        "schedule.closes",
        message("Time it closes, on the day in the heading or beside it"),
        can_repeat=True,
    ),
    Target("schedule.weekday", message("Day that the times beside it are for"), can_repeat=True),
)
_CONDITIONS = (
    Target(
        "service.eligibility_description",
        message("Who can get it"),
        "people served|who can come|takes|who is served|people we serve|eligibility|"
        "who can apply|requirements|eligibility requirements|who qualifies|eligible|who|"
        "who is eligible|target population|population served|who we serve|"
        "eligibility criteria|clients served|who they serve|elegibilidad|requisitos|"
        "quien puede solicitar|quienes califican|a quien sirve|demographic requirements|"
        "demographics|demographic served|demographics served|who can use it|"
        "who can use this service|who is it for|who it is for|who is this for|"
        "who is this service for|criteria|restrictions|eligibility notes|"
        "eligibility information|client requirements|participant requirements|qualifications|"
        "residency requirements|income requirements|audience|target audience|target group|"
        "population|populations served|who is it open to|open to|eligible population|"
        "eligible populations|who is eligible for your services|who do you serve|"
        "who can get help|who can get it|clientele|client group|a quien va dirigido|"
        "poblacion|poblacion atendida|dirigido a|criterios|requisitos de elegibilidad|"
        "para quien es|para quien|quien es elegible|a quienes sirven",
    ),
    Target(
        "service.more_eligibility",
        message("One more rule, such as an income limit"),
        "income limit|income limits|maximum income|income guideline|income guidelines|"
        "income eligibility|require veteran|requires veteran|veterans only|veteran status|"
        "military status|immigration status|citizenship|citizenship status|"
        "incarceration status|criminal record|gender|sex|gender restriction|"
        "gender restrictions|limite de ingresos|ingreso maximo|estatus migratorio|"
        "situacion migratoria|ciudadania|solo veteranos|genero|sexo",
        can_repeat=True,
    ),
    Target(
        "service.population",
        message("Groups of people it is for"),
        "age group|age groups|ages|ages served|age range|gender served|genders served|"
        "age groups served|edades|grupos de edad",
        marked=message("Yes means it is for this group"),
        can_repeat=True,
        can_list=True,
    ),
    Target(
        "service.minimum_age",
        message("Lowest age"),
        "minimum age|min age|age from|youngest age|edad minima",
    ),
    Target(
        "service.maximum_age",
        message("Highest age"),
        "maximum age|max age|age to|oldest age|edad maxima",
    ),
    Target(
        "service_area.name",
        message("Area it serves"),
        "area served|counties served|service area|areas served|coverage|coverage area|"
        "geographic area|geographic area served|county served|serves|region served|"
        "service areas|geography|area de servicio|areas de servicio|cobertura|condados|"
        "zona de servicio|counties|areas covered|area covered|service territory|"
        "regions served|catchment area|catchment|geographic coverage|geographic areas|"
        "zip codes served|cities served|towns served|neighborhoods served|coverage areas|"
        "jurisdiction|boroughs covered|areas of service|area of service|where do you serve|"
        "what area do you serve|what counties do you serve|zonas|zonas de servicio|"
        "areas que sirve|condados atendidos|area geografica|area de cobertura|"
        "region atendida|condados que sirve",
        marked=message("Yes means it serves this area"),
        can_repeat=True,
        can_list=True,
        fits=cells.is_area,
    ),
    Target(
        "language.name",
        message("Languages spoken"),
        "languages|language|languages spoken|languages offered|other languages|idioma|"
        "idiomas|languages available|languages supported|language access|languages served|"
        "languages of service|language s|what languages do you speak|"
        "what languages are services offered in|idiomas disponibles|lenguas|"
        "idiomas que se hablan|idiomas ofrecidos|que idiomas hablan|lenguajes",
        marked=message("Yes means this language is spoken"),
        can_repeat=True,
        can_list=True,
        fits=cells.has_language,
    ),
    Target(
        "service.interpretation_services",
        message("Interpreters"),
        "interpretation|interpreters|interpretation services|interpretes|interpretacion",
    ),
    Target(
        "service.application_process",
        message("How to get it"),
        "how to apply|application|intake|intake process|application process|how to get help|"
        "how to access|intake procedure|referral process|access|procedure|how to enroll|"
        "como solicitar|como aplicar|proceso de solicitud|solicitud|how to join|"
        "how do i join|how to register|registration|registration process|how to sign up|"
        "sign up|enrollment|enrolment|enrollment process|how to refer|"
        "how to make a referral|how to get started|how to get services|"
        "how to get this service|how to receive services|getting help|steps to apply|"
        "appointments|appointment needed|how to book|booking|access information|"
        "entry process|how do i apply|how do people apply|how do clients apply|"
        "how can people apply|how do people access your services|"
        "how do clients access services|how to use|application procedure|"
        "application procedures|intake information|intake procedures|como inscribirse|"
        "como acceder|inscripcion|registro|como obtener ayuda|como registrarse|"
        "proceso de inscripcion|como se solicita|como obtener el servicio|como participar",
    ),
    Target(
        "required_document.document",
        message("What to bring"),
        "documents|what to bring|documents required|required documents|documents needed|"
        "documentation|bring|documentation required|paperwork|documentos|"
        "documentos requeridos|que traer|what do i need|what you need|"
        "what do i need to bring|what to bring with you|id required|documents to bring|"
        "proof required|id needed|que necesita|que necesito|que llevar|"
        "documentos necesarios|que debo traer",
        marked=message("Yes means: bring this"),
        can_repeat=True,
        can_list=True,
    ),
    Target(
        "service.fees_description",
        message("What it costs"),
        "cost|costs|fees|fee|price|fee structure|charges|cost of service|payment|"
        "cost to client|program fees|costo|costos|precio|tarifa|tarifas|fee info|"
        "is it free|cost fee|cost fees|fees and payment|charge|price range|"
        "how much does it cost|payment methods|payment accepted|cost information|"
        "fees charges|cuota|cuotas|cuanto cuesta|costo del servicio",
    ),
    Target(
        "service.wait_time",
        message("How long it takes"),
        "wait time|waiting list|waitlist|wait list|lista de espera|tiempo de espera|"
        "waiting time|wait|tiempo de la lista de espera",
    ),
)
_TOPICS = (
    Target(
        "taxonomy_term.name",
        message("Topic or kind of help"),
        "category|categories|areas of law|area of law|practice areas|heading|headings|"
        "type|service type|type of service|resource type|program type|topic|topics|"
        "service category|need|needs|sub category|subcategory|tags|categoria|categorias|"
        "tipo de servicio|tipo|tema|temas|resource category|primary category|main category|"
        "secondary category|category name|type of resource|type of help|types of service|"
        "types of services|kind of service|type of program|focus area|focus areas|"
        "area of focus|areas of focus|issue area|other topics|service types|"
        "services category|type of assistance|primary service|service group|problem code|"
        "problem codes|taxonomy|taxonomy term|taxonomy terms|categorias de servicio|"
        "tipo de recurso|tipo de ayuda|tipo de programa|area tematica|tipos de servicio|"
        "tipos de servicios|categoria de servicio",
        marked=message("Yes means it has this topic"),
        can_repeat=True,
        can_list=True,
    ),
    Target(
        "service.keywords",
        message("Words to find it by"),
        "keywords|key words|search terms|palabras clave|search words|palabras de busqueda",
    ),
)
_PROTECTION = (
    Target(
        "service.private",
        message("Yes means: for staff only"),
        "private|confidential|is private|is confidential|do not publish|"
        "exclude from website|exclude from directory|unlisted|internal only|staff only|"
        "not public|hide|hidden|confidencial|privado|excludefromwebsite|"
        "excludefromdirectory|isprivate|isconfidential",
        can_repeat=True,
        is_flag=True,
        fits=cells.may_be_flag,
    ),
    Target(
        "service.shown",
        message("No means: for staff only"),
        "public|show on website|publish|published|display on website|"
        "available for directory|available for referral|show|web display|publico|publicar|"
        "availablefordirectory|availableforreferral|ispublic",
        can_repeat=True,
        is_flag=True,
        fits=cells.may_be_flag,
    ),
    Target("service.visibility", message("Service: public, staff or withheld"), "visibility"),
    Target(
        "location.private",
        message("Yes means: the address is secret"),
        "confidential address|address confidential|address is confidential|address private|"
        "address is private|private address|physical address is private|confidential location|"
        "location is confidential|location confidential|secret location|hide address|"
        "direccion confidencial|physicaladdressisprivate|address not public|"
        "do not publish address|do not list address|do not show address|no publicar direccion",
        can_repeat=True,
        is_flag=True,
        fits=cells.may_be_flag,
    ),
    Target(
        "location.visibility",
        message("Place: public, staff or withheld"),
        "location visibility|place visibility",
    ),
    Target(
        "phone.private",
        message("Yes means: the phone is secret"),
        "phone private|phone is private|phone confidential|private phone|confidential phone",
        can_repeat=True,
        is_flag=True,
        fits=cells.may_be_flag,
    ),
)
_CHECKS = (
    Target(
        "service.assured_date",
        message("Day it was last checked"),
        "last updated|verified|date verified|last verified|updated|date updated|"
        "verified on|last checked|verification date|date last verified|last reviewed|"
        "date checked|as of|ultima actualizacion|actualizado|fecha de verificacion|"
        "verificado",
        fits=cells.is_date,
    ),
    Target(
        "service.verified_by",
        message("Who checked it"),
        "verified by|updated by|checked by|verificado por|verified by name",
    ),
    Target(
        "service.id",
        message("Number of the service in the list"),
        "id|service id|record id|resource id|program id|listing id|uuid|id del servicio|"
        "identificador|object id|guid|service code|program code|service number|row id|"
        "reference number|ref",
    ),
    Target(
        "organization.id",
        message("Number of the organization in the list"),
        "organization id|agency id|org id|provider id|organization uuid|agency uuid|"
        "organization key|agency number|id de la organizacion|agency no|organization no|"
        "charity id|facility id|organization code|agency code",
    ),
    Target(
        "location.id",
        message("Number of the place in the list"),
        "location id|site id|location uuid|site uuid|location ids|site number|place id",
        can_list=True,
    ),
)
TARGET_GROUPS: tuple[tuple[Message, tuple[Target, ...]], ...] = (
    (message("The service"), _SERVICE),
    (message("Who runs it"), _ORGANIZATION),
    (message("How to reach it"), _REACH),
    (message("Where it is"), _PLACE),
    (message("When it is open"), _HOURS),
    (message("Who can get it, and how"), _CONDITIONS),
    (message("How people find it"), _TOPICS),
    (message("Who may see it"), _PROTECTION),
    (message("Checks, and numbers of the list"), _CHECKS),
)
TARGETS: Mapping[str, Target] = {
    target.name: target for _, targets in TARGET_GROUPS for target in targets
}
