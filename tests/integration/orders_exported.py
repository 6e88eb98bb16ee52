"""Order exports as Shopify and WooCommerce write them: their columns, in their order."""
import csv
import io

SHOPIFY = """Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,\
Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,\
Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,\
Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,\
Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,\
Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,\
Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,\
Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,\
Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,\
Payment References""".split(",")

WOOCOMMERCE = """order_id,order_number_formatted,order_number,date,status,shipping_total,shipping_tax_total,fee_total,\
fee_tax_total,tax_total,cart_discount,order_discount,discount_total,order_total,refunded_total,order_currency,\
payment_method,shipping_method,customer_id,billing_first_name,billing_last_name,billing_company,billing_email,\
billing_phone,billing_address_1,billing_address_2,billing_postcode,billing_city,billing_state,billing_country,\
shipping_first_name,shipping_last_name,shipping_company,shipping_address_1,shipping_address_2,shipping_postcode,\
shipping_city,shipping_state,shipping_country,customer_note,line_items,shipping_items,fee_items,tax_items,coupon_items,\
refunds,order_notes,download_permissions,meta:jclid""".split(",")


def write(columns, rows, **form):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", **form)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def shopify_order(name, total="49.90", *, items=1, **more):
    """The rows of one order: what belongs to the order stands in the first."""
    first = {"Name": name, "Email": "ada@buyer.example", "Financial Status": "paid", "Currency": "EUR",
             "Subtotal": total, "Shipping": "0.00", "Taxes": "8.32", "Total": total, "Discount Amount": "0.00",
             "Created at": "2026-11-20 10:00:00 +0100", "Billing Name": "Ada Lovelace", "Refunded Amount": "0.00",
             "Lineitem name": 'Trail "light", 2 l', "Lineitem quantity": "1", "Source": "web", **more}
    rest = {"Name": name, "Email": "ada@buyer.example", "Created at": first["Created at"],
            "Lineitem name": "Socks", "Lineitem quantity": "2"}
    return [first] + [rest] * (items - 1)


def woocommerce_order(number, total="49.90", **more):
    return {"order_id": number, "order_number_formatted": number, "order_number": number,
            "date": "2026-11-20 10:00:00", "status": "completed", "order_total": total, "refunded_total": "0.00",
            "order_currency": "EUR", "billing_first_name": "Ada", "billing_last_name": "Lovelace",
            "billing_email": "ada@buyer.example", "line_items": "id:1|name:Trail|quantity:1|total:49.90", **more}
