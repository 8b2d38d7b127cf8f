"""A small AIRS document with every part, which tests change."""

from tests.formats.conftest import read_list

SERVICE = """
      <SiteService ServiceGroupKey="g1">
        <Name>Food pantry</Name><Key>v1</Key>
        <Description>Bags of food.&lt;br /&gt;Weekly.</Description>
        <Phone TollFree="true" Confidential="false">
          <PhoneNumber>800-555-0123</PhoneNumber><Extension>ext 9</Extension><Type>Voice</Type>
          <Function>Intake</Function>
        </Phone>
        <Phone TollFree="false" Confidential="true"><PhoneNumber>814-555-0199</PhoneNumber></Phone>
        <Phone TollFree="false" Confidential="false"><PhoneNumber/><Type>Hotline</Type></Phone>
        <TimeOpen>
          <Monday><From>09:00:00.000</From><To>17:00:00</To></Monday>
          <Friday><From>09:00:00</From><To>17:00:00</To></Friday>
          <Notes>Ring twice</Notes>
        </TimeOpen>
        <TimeOpen><Notes>Sat 9 am-12 pm</Notes></TimeOpen>
        <TimeOpen/>
        <Taxonomy><Code>BX-9100.1000</Code><Code>YX-9000</Code></Taxonomy>
        <Taxonomy><Code>Z</Code></Taxonomy>
        <Taxonomy><Code>{what:'SOUP',why:'hunger',who:'Adults'}</Code></Taxonomy>
        <Taxonomy><Code>BX-9200</Code><Name>Soup kitchens</Name></Taxonomy>
        <Languages><Name>Spanish</Name><Notes>Mondays</Notes><Name>French</Name></Languages>
        <GeographicAreaServed><City>Meadville</City><State>PA</State><Country>US</Country>
        </GeographicAreaServed>
        <GeographicAreaServed><ZipCode>16335</ZipCode><ZipCode>16314</ZipCode></GeographicAreaServed>
        <GeographicAreaServed><State>Ohio</State></GeographicAreaServed>
        <GeographicAreaServed><Description>Crawford County, Erie County</Description>
        </GeographicAreaServed>
        <ResourceInfo AvailableForDirectory="true" AvailableForReferral="true"
            DateLastVerified="2026-01-02"><ResourceSpecialist>Ann</ResourceSpecialist>
          <Contact Type="Update"><Name>Bo</Name><Phone TollFree="0" Confidential="0">
            <PhoneNumber>814-555-0101</PhoneNumber></Phone></Contact>
        </ResourceInfo>
        <DocumentsRequired><DocumentsRequired>Photo ID</DocumentsRequired></DocumentsRequired>
        <ApplicationProcess><Step>All Steps</Step><Description>Walk in</Description></ApplicationProcess>
        <FeeStructure>None</FeeStructure><PaymentMethodAccepted>Cash</PaymentMethodAccepted>
        <AgeRequirements MinimumAge="18" MaximumAge="64">Adults</AgeRequirements>
        <IncomeRequirements>Low income</IncomeRequirements>
        <Mood>cheerful</Mood>
      </SiteService>"""
SITE = """
    <Site>
      <Key>s1</Key><Name>Hall</Name><SiteDescription>Side door</SiteDescription>
      <PhysicalAddress Confidential="false">
        <Line1>1 Main St</Line1><City>Meadville</City><County>Crawford</County>
        <State>Pennsylvania</State><ZipCode>16335</ZipCode><Country>United States</Country>
      </PhysicalAddress>
      <MailingAddress Confidential="false"><Line1>PO Box 9</Line1><City>Unknown</City>
        <State>PA</State><ZipCode>16335</ZipCode></MailingAddress>
      <Phone TollFree="false" Confidential="false"><PhoneNumber>814-555-0102</PhoneNumber></Phone>
      <TimeOpen><Notes>Call first</Notes></TimeOpen>
      <DisabilitiesAccess>Ramp</DisabilitiesAccess><BusServiceAccess>Bus 3</BusServiceAccess>
      <SpatialLocation><Latitude>+41.64</Latitude><Longitude>-80.15</Longitude></SpatialLocation>
      {service}
    </Site>"""
AGENCY = """
  <Agency Status="active" FEIN="12-3456789" YearInc="1990" ExcludeFromWebsite="false">
    <Key>a1</Key><Name>Hope</Name><AgencyDescription>Helps</AgencyDescription>
    <AKA><Name>Hope House</Name><Confidential>false</Confidential></AKA>
    <AKA><Name>Inner name</Name><Confidential>true</Confidential></AKA>
    <URL><Address>hope.example.org</Address><Note/></URL>
    <Email><Address>hope@example.org</Address></Email>
    <Contact Type="Director"><Name>Cy</Name><Title>Director</Title></Contact>
    <ServiceGroup><Key>g1</Key><Name>Pantries</Name></ServiceGroup>
    {site}
  </Agency>"""


def document(agencies: str = "", *, namespace: bool = False, version: str = "3.1") -> str:
    xmlns = ' xmlns="http://www.airs.org/schema/3_1/AIRS.xsd"' if namespace else ""
    body = agencies or AGENCY.format(site=SITE.format(service=SERVICE))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Source{xmlns} SourceEntity="x" '
        f'SoftwareVendor="Vendor Inc." SchemaVersion="{version}">{body}\n</Source>\n'
    )


def with_service(service: str) -> str:
    return document(AGENCY.format(site=SITE.format(service=service)))


def read(folder, text: str):
    return read_list(folder({"export.xml": text}) / "export.xml")
