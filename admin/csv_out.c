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
    for (size_t i = 0; i < text.size; i++)
        if (memchr("\",;\r\n\t", text.data[i], 6))
            return true;
    return text.size && (text.data[0] == ' ' || text.data[text.size - 1] == ' ');
}

void csv_out_cell(struct csv_out *csv, struct slice text)
{
    if (!csv->is_first)
        buffer_append_byte(csv->out, ',');
    csv->is_first = false;
    bool is_quoted = needs_quotes(text);
    if (is_quoted)
        buffer_append_byte(csv->out, '"');
    if (is_formula(text))
        buffer_append_byte(csv->out, '\'');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            buffer_append_byte(csv->out, '"');
        buffer_append_byte(csv->out, text.data[i]);
    }
    if (is_quoted)
        buffer_append_byte(csv->out, '"');
}

void csv_out_end_row(struct csv_out *csv)
{
    buffer_append_string(csv->out, "\r\n");
    csv->is_first = true;
}
