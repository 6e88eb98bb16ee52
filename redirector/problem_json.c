#include "redirector/problem_json.h"

/* RFC 8259 section 7. Text that is no UTF-8, an echo of someone's input, loses what is not ASCII. */
static void append_json_string(struct buffer *out, const char *text)
{
    bool is_utf8 = slice_is_utf8(slice_of_string(text));
    buffer_append_byte(out, '"');
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f)
            buffer_printf(out, "\\u%04x", byte);
        else if (byte >= 0x80 && !is_utf8)
            buffer_append_byte(out, '?');
        else if (byte == '"' || byte == '\\')
            buffer_printf(out, "\\%c", byte);
        else
            buffer_append_byte(out, *text);
    }
    buffer_append_byte(out, '"');
}

static void append_errors(struct buffer *out, const struct problem *problem)
{
    if (problem->field_count == 0)
        return;
    buffer_append_string(out, ",\"errors\":[");
    for (size_t i = 0; i < problem->field_count; i++) {
        buffer_append_string(out, i ? ",{\"pointer\":" : "{\"pointer\":");
        append_json_string(out, problem->fields[i].pointer);
        buffer_append_string(out, ",\"detail\":");
        append_json_string(out, problem->fields[i].detail);
        buffer_append_byte(out, '}');
    }
    buffer_append_byte(out, ']');
}

void problem_json_write(struct buffer *out, int status, const char *title,
                        const struct problem *problem)
{
    buffer_append_string(out, "{\"type\":\"about:blank\",\"title\":");
    append_json_string(out, title);
    buffer_printf(out, ",\"status\":%d,\"detail\":", status);
    append_json_string(out, problem->detail);
    append_errors(out, problem);
    buffer_append_byte(out, '}');
}
