#include "core/report/order_texts.h"
#include "core/ledger/money.h"

static void write_moment(struct buffer *out, int64_t ms, const struct zone *zone)
{
    char text[MOMENT_TEXT_MAX];
    zone_moment_format(text, zone, ms);
    buffer_append_string(out, text);
}

void order_refunds_write(struct buffer *out, const struct conversion_view *view, unsigned exponent,
                         const struct zone *zone)
{
    for (size_t i = 0; i < view->refund_count; i++) {
        const struct refund_view *refund = &view->refunds[i];
        if (i)
            buffer_append_string(out, "; ");
        buffer_append(out, refund->refund_id);
        buffer_append_byte(out, ' ');
        money_format(out, refund->minor, exponent);
        buffer_append_byte(out, ' ');
        write_moment(out, refund->at_ms, zone);
    }
}

static void write_text(struct buffer *out, const char *name, struct slice text)
{
    if (text.size)
        buffer_printf(out, "%s %.*s, ", name, SLICE_ARG(text));
}

static void write_money(struct buffer *out, const char *name, bool is_there, int64_t minor,
                        unsigned exponent)
{
    if (!is_there)
        return;
    buffer_printf(out, "%s ", name);
    money_format(out, minor, exponent);
    buffer_append_string(out, ", ");
}

void order_difference_write(struct buffer *out, const struct conversion_view *view,
                            unsigned exponent, const struct zone *zone)
{
    const struct import_difference *difference = &view->difference;
    if (difference->at_ms == 0)
        return;
    buffer_append_string(out, "import of ");
    write_moment(out, difference->at_ms, zone);
    buffer_append_string(out, ": ");
    write_text(out, "type", difference->type);
    write_money(out, "amount", difference->has_amount, difference->amount_minor, exponent);
    write_text(out, "code", difference->code);
    if (difference->has_clicks)
        buffer_append_string(out, "other click ids, ");
    write_text(out, "status", difference->status);
    write_money(out, "refunded", difference->has_refunded, difference->refunded_minor, exponent);
    if (buffer_error(out) == JALON_OK)
        out->size -= 2; /* the last ", " or ": " */
}
