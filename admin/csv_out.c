#include "admin/csv_out.h"

void csv_out_start(struct csv_out *csv, struct buffer *out)
{
    *csv = (struct csv_out){.out = out, .is_first = true};
}

static size_t count_digits(struct slice text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

bool csv_out_is_number(struct slice text)
{
    if (text.size && text.data[0] == '-')
        text = slice_from(text, 1);
    size_t whole = count_digits(text);
    text = slice_from(text, whole);
    if (whole == 0)
        return false;
    if (text.size == 0)
        return true;
    size_t decimals = count_digits(slice_from(text, 1));
    return text.data[0] == '.' && decimals > 0 && decimals + 1 == text.size;
}

static bool is_formula(struct slice text)
{
    return text.size && memchr("=+-@\t\r", text.data[0], 6) && !csv_out_is_number(text);
}

static bool needs_quotes(struct slice text)
{
    static const bool is_special[256] = {
        ['"'] = true, [','] = true, [';'] = true, ['\r'] = true, ['\n'] = true, ['\t'] = true};
    bool is_any = false;
    for (size_t i = 0; i < text.size; i++)
        is_any |= is_special[(unsigned char)text.data[i]];
    return is_any || (text.size && (text.data[0] == ' ' || text.data[text.size - 1] == ' '));
}

static void append_quoted(struct buffer *out, struct slice text)
{
    buffer_append_string(out, is_formula(text) ? "\"'" : "\"");
    while (text.size) {
        size_t end = slice_find(text, '"', 0);
        buffer_append(out, slice_first(text, end));
        buffer_append_string(out, end < text.size ? "\"\"" : "");
        text = slice_from(text, end < text.size ? end + 1 : end);
    }
    buffer_append_byte(out, '"');
}

void csv_out_cell(struct csv_out *csv, struct slice text)
{
    if (!csv->is_first)
        buffer_append_byte(csv->out, ',');
    csv->is_first = false;
    if (needs_quotes(text)) {
        append_quoted(csv->out, text);
        return;
    }
    if (is_formula(text))
        buffer_append_byte(csv->out, '\'');
    buffer_append(csv->out, text);
}

void csv_out_end_row(struct csv_out *csv)
{
    buffer_append_string(csv->out, "\r\n");
    csv->is_first = true;
}
