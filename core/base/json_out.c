#include "core/base/json_out.h"

void json_out_start(struct json_out *json, struct buffer *out)
{
    *json = (struct json_out){.out = out, .is_first = true};
    buffer_append_byte(out, '{');
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static bool is_all_plain(struct slice text)
{
    bool is_all = true;
    for (size_t i = 0; i < text.size; i++)
        is_all &= is_plain(text.data[i]);
    return is_all;
}

static void append_escaped(struct buffer *out, char c)
{
    if (c == '"' || c == '\\') {
        buffer_append_byte(out, '\\');
        buffer_append_byte(out, c);
        return;
    }
    static const char digits[] = "0123456789abcdef";
    buffer_append_string(out, "\\u00");
    buffer_append_byte(out, digits[(unsigned char)c >> 4]);
    buffer_append_byte(out, digits[c & 15]);
}

static void append_with_escapes(struct buffer *out, struct slice text)
{
    size_t start = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_plain(text.data[i]))
            continue;
        buffer_append(out, slice_of(text.data + start, i - start));
        append_escaped(out, text.data[i]);
        start = i + 1;
    }
    buffer_append(out, slice_from(text, start));
}

void json_out_string(struct buffer *out, struct slice text)
{
    buffer_append_byte(out, '"');
    if (is_all_plain(text)) /* nearly always: looked at without a branch a byte */
        buffer_append(out, text);
    else
        append_with_escapes(out, text);
    buffer_append_byte(out, '"');
}

void json_out_name(struct json_out *json, const char *name)
{
    buffer_append(json->out, json->is_first ? SLICE("\"") : SLICE(",\""));
    json->is_first = false;
    buffer_append_string(json->out, name);
    buffer_append(json->out, SLICE("\":"));
}

void json_out_raw(struct json_out *json, const char *name, struct slice text)
{
    json_out_name(json, name);
    buffer_append(json->out, text);
}

void json_out_text(struct json_out *json, const char *name, struct slice text)
{
    json_out_name(json, name);
    json_out_string(json->out, text);
}

void json_out_text_or_null(struct json_out *json, const char *name, struct slice text)
{
    if (text.size)
        json_out_text(json, name, text);
    else
        json_out_raw(json, name, SLICE("null"));
}

void json_out_number(struct json_out *json, const char *name, int64_t number)
{
    json_out_name(json, name);
    if (number < 0)
        buffer_append_byte(json->out, '-');
    buffer_append_u64(json->out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void json_out_end(struct json_out *json)
{
    buffer_append_byte(json->out, '}');
}
