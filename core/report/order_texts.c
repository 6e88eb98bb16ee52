#include "core/report/order_texts.h"

static void write_moment(struct pieces *out, int64_t ms, const struct zone *zone)
{
    char text[MOMENT_TEXT_MAX];
    zone_moment_format(text, zone, ms);
    pieces_add(out, PIECE_DATE, slice_of_string(text));
}

/* A mark that some languages put a space before. */
static void write_mark(struct pieces *out, const char *mark)
{
    pieces_term(out, mark);
    pieces_text(out, " ");
}

void order_refunds_write(struct pieces *out, const struct conversion_view *view, unsigned exponent,
                         const struct zone *zone)
{
    for (size_t i = 0; i < view->refund_count; i++) {
        const struct refund_view *refund = &view->refunds[i];
        if (i)
            write_mark(out, ";");
        pieces_add(out, PIECE_TEXT, refund->refund_id);
        pieces_text(out, " ");
        pieces_money(out, refund->minor, exponent);
        pieces_text(out, " ");
        write_moment(out, refund->at_ms, zone);
    }
}

/* What the import says of one thing begins with the thing's name. */
static void write_name(struct pieces *out, const char *name, bool *is_first)
{
    if (*is_first)
        write_mark(out, ":");
    else
        pieces_next(out, false);
    pieces_term(out, name);
    *is_first = false;
}

static void write_value(struct pieces *out, const char *name, enum piece_kind kind,
                        struct slice text, bool *is_first)
{
    if (text.size == 0)
        return;
    write_name(out, name, is_first);
    pieces_text(out, " ");
    pieces_add(out, kind, text);
}

/* `name` ends in its space: a sum that is refunded has another word in some languages than an order that is. */
static void write_money(struct pieces *out, const char *name, int64_t minor, unsigned exponent,
                        bool *is_first)
{
    write_name(out, name, is_first);
    pieces_money(out, minor, exponent);
}

void order_difference_write(struct pieces *out, const struct conversion_view *view,
                            unsigned exponent, const struct zone *zone)
{
    const struct import_difference *difference = &view->difference;
    bool is_first = true;
    if (difference->at_ms == 0)
        return;
    pieces_term(out, "import of");
    pieces_text(out, " ");
    write_moment(out, difference->at_ms, zone);
    write_value(out, "type", PIECE_TERM, difference->type, &is_first);
    if (difference->has_amount)
        write_money(out, "amount ", difference->amount_minor, exponent, &is_first);
    write_value(out, "code", PIECE_TEXT, difference->code, &is_first);
    if (difference->has_clicks)
        write_name(out, "other click ids", &is_first);
    write_value(out, "status", PIECE_TERM, difference->status, &is_first);
    if (difference->has_refunded)
        write_money(out, "refunded ", difference->refunded_minor, exponent, &is_first);
}
