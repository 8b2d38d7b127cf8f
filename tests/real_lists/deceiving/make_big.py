"""Writes 10-big.csv: a header and 50,000 services, always the same. Standard library only; about 8 MB.
   python3 make_big.py [path]"""
import csv, os, sys
TOWNS = [t.strip() for t in '''Upper Tansey, Shadewater, Marlow Gap, Fenwick Forge, Hemlock Dell, Pine Tannery, Wyeth Mills, Brandts Ferry, Cold Kettle, Larkinsburg,
East Orchard, New Bryn, Canal Port, Gristle Hill, Lower Tipton, New Cadwallon, Orchard Hollow, Slate Fork, Furnace Hill, Oyler Junction,
Breaker Hollow, Pippin Springs, Anvil Corners, Millrace, Bobbin Heights, Weaverton Mills, Quarry Bend, Spindle Run, Colliery Park, Lockhaven Basin,
Steeple Cross, Grange Center, Tannery Flats, Juniper Notch, Sycamore Landing, Elder Grove, Shuttle Town, Ironmaster, Pine Barrow, West Tansey'''.split(',')]
PAT = ['St. Brendan','Trinity','Salem','Mt. Zion','Calvary','St. Cyril','Good Neighbor','First Methodist','Lions Club','Grange','VFW Post','Legion Post','Ministerium',
       'Helping Hands','Open Door','New Leaf','Fresh Start','Bridge House','Lighthouse','Harvest','Cornerstone','Gateway','Hilltop','Riverside','Community Action']
PRO = ['Food Pantry','Soup Kitchen','Clothing Closet','Diaper Bank','Warming Center','Day Center','Free Clinic','Dental Days','Eye Glass Fund','Counseling',
       'Recovery Group','Grief Group','Job Club','GED Class','English Class','Tax Help','Legal Advice','Tenant Table','Utility Fund','Rent Fund',
       'Ride Program','Medical Rides','Chore Help','Meals on Wheels','Senior Lunch','Respite Care','After-School Club','Summer Lunch','Tutoring','Story Hour',
       'Parent Group','Baby Pantry','Toy Shop','Coat Drive','Furniture Bank','Tool Library','Computer Lab','Phone Help','Benefits Help','Medicare Help',
       'Veterans Coffee','Reentry Circle','Youth Drop-in','Shower Truck','Laundry Day','Pet Food Shelf','Garden Plots','Cooling Room','Mail Service','ID Help']
AC = '215 267 272 412 484 570 610 717 724 814'.split()
ST = 'Main St,Church St,Loom St,Quarry Rd,Furnace St,Canal St,Depot Ave,Mill Race Rd,Anvil Rd,Spruce St,Chapel Ln'.split(',')
HR = 'Mon 9-11,Tue & Thu 1-3,Mon-Fri 8-4,Wed 10-noon,1st Sat 9-12,By appointment,Daily 11:30-1,Fri 3-6,2nd & 4th Tue 4-6,24 hours'.split(',')
EL = 'Anyone,Residents only,Age 60+,Families with children,Uninsured adults,Veterans,18 and under'.split(',')
N = 50000
def row(i):                                   # i from 0
    town, pro, pat = TOWNS[i % 40], PRO[i // 40 % 50], PAT[i // 2000]
    h = (i * 7919) % 50021                    # scatters, no two alike
    phone = f'({AC[h % 10]}) 555-01{h // 10 % 100:02d}'
    ext = str(1000 + h // 1000 * 100 + i % 97)
    street = f'{1 + h // 11} {ST[h % 11]}'
    r = [str(100000 + i), f'{pat} {pro} of {town}', f'{pat} {town}', street, town, 'PA', f'{17900 + i % 40}', phone, ext, HR[h % 10], EL[h % 7],
         f'{40 + h / 100000:.5f}', f'{-77 - h / 100000:.5f}', '', '']
    if i == 31776: r[9] = 'Mon 9-11\nWed 1-3\nclosed holidays'
    if i == 38888: r[3] = f'{street}, rear "B" door'
    if i >= 40000 and i % 5 == 0: r[13] = f'({AC[h % 10]}) 555-0199'
    if i >= 45000 and i % 10 == 7: r[14] = f'STAFF ONLY: supervisor home {AC[(h + 3) % 10]}-555-0198, code {h % 9000 + 1000}#'
    if i >= 45000 and i % 10 == 3: r[14] = 'Bring a photo ID'
    return r
HEAD = ['ID','PROGRAM','AGENCY','ADDR','CITY','ST','ZIP','PHONE','EXT','HOURS','ELIGIBILITY','LAT','LON','FAX','REMARKS']
def write(path):
    with open(path, 'w', encoding='utf-8', newline='') as f:
        w = csv.writer(f, lineterminator='\r\n'); w.writerow(HEAD)
        for i in range(N): w.writerow(row(i))
if __name__ == '__main__':
    p = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), '10-big.csv')
    write(p); print(p, os.path.getsize(p), 'bytes')
