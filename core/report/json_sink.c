#include "core/report/json_sink.h"
#include "core/base/json_out.h"
#include "core/report/note.h"

#include <math.h>

#define WRITTEN_BYTES (64U << 10) /* at once */
#define RATIO_DECIMALS 6
#define SHARE_DECIMALS 6
#define RATIO_MAX 9e12 /* over it its millionths do not fit int64 */

static void append_key(struct buffer *out, const char *name)
{
    buffer_append_byte(out, '"');
    buffer_append_string(out, name); /* needs no escapes */
    buffer_append(out, SLICE("\":"));
}

static void append_text_or_null(struct buffer *out, struct slice text)
{
    if (text.size)
        json_out_string(out, text);
    else
        buffer_append_string(out, "null");
}

/* Not by printf: its decimal point is the locale's. */
static void append_ratio(struct buffer *out, double ratio)
{
    if (!isfinite(ratio))
        buffer_append_string(out, "null");
    else if (fabs(ratio) > RATIO_MAX)
        buffer_printf(out, "%.0f", ratio);
    else
        money_format_short(out, llround(ratio * 1e6), RATIO_DECIMALS);
}

static void append_counts(struct buffer *out, const struct named_count *counts, size_t count)
{
    buffer_append_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buffer_append_byte(out, ',');
        json_out_string(out, counts[i].name);
        buffer_append_byte(out, ':');
        money_format_short(out, counts[i].micro, SHARE_DECIMALS);
    }
    buffer_append_byte(out, '}');
}

static void append_money(struct buffer *out, const struct cell *cell)
{
    buffer_append_byte(out, '"');
    money_format(out, cell->minor, cell->exponent);
    buffer_append_byte(out, '"');
}

void json_append_cell(struct buffer *out, const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_NULL:
        buffer_append_string(out, "null");
        break;
    case CELL_TEXT:
    case CELL_DECIMAL:
        json_out_string(out, cell->text);
        break;
    case CELL_COUNT:
        money_format(out, cell->number, 0);
        break;
    case CELL_SHARE:
        money_format_short(out, cell->number, SHARE_DECIMALS);
        break;
    case CELL_RATIO:
        append_ratio(out, cell->ratio);
        break;
    case CELL_MONEY:
        append_money(out, cell);
        break;
    case CELL_COUNTS:
        append_counts(out, cell->counts, cell->count_count);
        break;
    }
}

static void append_cells(struct json_sink *sink, const struct cell *cells, bool is_totals)
{
    const struct report_heading *heading = sink->heading;
    bool is_first = true;
    buffer_append_byte(sink->out, '{');
    for (size_t i = 0; i < heading->column_count; i++) {
        if (is_totals && !heading->columns[i].has_total)
            continue;
        if (!is_first)
            buffer_append_byte(sink->out, ',');
        is_first = false;
        append_key(sink->out, heading->columns[i].field);
        json_append_cell(sink->out, &cells[i]);
    }
    buffer_append_byte(sink->out, '}');
}

static void append_campaigns(struct buffer *out, const struct report_heading *heading)
{
    if (heading->campaign_count == 1) {
        json_out_string(out, heading->campaigns[0]);
        return;
    }
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < heading->campaign_count; i++) {
        if (i)
            buffer_append_byte(out, ',');
        json_out_string(out, heading->campaigns[i]);
    }
    buffer_append_byte(out, ']');
}

static int begin(struct report_sink *base, const struct report_heading *heading)
{
    struct json_sink *sink = (struct json_sink *)base;
    struct buffer *out = sink->out;
    sink->heading = heading;
    buffer_append_string(out, "{\"report\":");
    json_out_string(out, slice_of_string(heading->report));
    buffer_append_string(out, ",\"campaign\":");
    append_campaigns(out, heading);
    const struct {
        const char *key;
        struct slice text;
    } members[] = {
        {",\"from\":", heading->from},
        {",\"to\":", heading->to},
        {",\"timezone\":", heading->timezone},
        {",\"currency\":", heading->currency},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        buffer_append_string(out, members[i].key);
        append_text_or_null(out, members[i].text);
    }
    buffer_append_string(out, ",\"rows\":[");
    return buffer_error(out);
}

static int row(struct report_sink *base, const struct cell *cells)
{
    struct json_sink *sink = (struct json_sink *)base;
    if (sink->has_rows)
        buffer_append_byte(sink->out, ',');
    sink->has_rows = true;
    append_cells(sink, cells, false);
    if (sink->write && sink->out->size >= WRITTEN_BYTES)
        return sink->write(sink->out);
    return buffer_error(sink->out);
}

static void append_by_currency(struct json_sink *sink, const struct report_ending *ending)
{
    struct buffer *out = sink->out;
    buffer_append_string(out, ",\"totals_by_currency\":{");
    for (size_t i = 0; i < ending->currency_count; i++) {
        if (i)
            buffer_append_byte(out, ',');
        json_out_string(out, ending->by_currency[i].currency);
        buffer_append_byte(out, ':');
        append_cells(sink, ending->by_currency[i].cells, true);
    }
    buffer_append_byte(out, '}');
}

static void append_unattributed(struct buffer *out, const struct report_ending *ending)
{
    buffer_append_string(out, ",\"unattributed\":");
    if (!ending->has_unattributed) {
        buffer_append_string(out, "null");
        return;
    }
    buffer_append_string(out, "{\"conversions\":");
    append_counts(out, ending->unattributed, ending->unattributed_count);
    buffer_append_string(out, ",\"revenue\":");
    json_append_cell(out, &ending->unattributed_revenue);
    if (ending->currency_count) {
        buffer_append_string(out, ",\"revenue_by_currency\":{");
        for (size_t i = 0; i < ending->currency_count; i++) {
            if (i)
                buffer_append_byte(out, ',');
            json_out_string(out, ending->by_currency[i].currency);
            buffer_append_byte(out, ':');
            json_append_cell(out, &ending->by_currency[i].unattributed_revenue);
        }
        buffer_append_byte(out, '}');
    }
    buffer_append_byte(out, '}');
}

static void append_notes(struct buffer *out, const struct report_ending *ending)
{
    struct buffer text;
    buffer_init(&text, out->max);
    buffer_append_string(out, ",\"notes\":[");
    for (size_t i = 0; i < ending->note_count; i++) {
        if (i)
            buffer_append_byte(out, ',');
        buffer_clear(&text);
        note_append(&text, &ending->notes[i]);
        if (buffer_error(&text) && !out->error)
            out->error = buffer_error(&text);
        json_out_string(out, buffer_slice(&text));
    }
    buffer_append_byte(out, ']');
    buffer_done(&text);
}

static int end(struct report_sink *base, const struct report_ending *ending)
{
    struct json_sink *sink = (struct json_sink *)base;
    struct buffer *out = sink->out;
    buffer_append_string(out, "],\"totals\":");
    append_cells(sink, ending->totals, true);
    if (ending->currency_count)
        append_by_currency(sink, ending);
    append_unattributed(out, ending);
    append_notes(out, ending);
    buffer_append_string(out, "}\n");
    return buffer_error(out);
}

void json_sink_init(struct json_sink *sink, struct buffer *out, json_write *write)
{
    *sink = (struct json_sink){
        .sink = {.begin = begin, .row = row, .end = end},
        .out = out,
        .write = write,
    };
}
