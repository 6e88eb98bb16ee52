#include "admin/shown.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const struct range {
    uint32_t first, last;
} hidden[] = {
    {0x00, 0x1f},     /* C0 */
    {0x7f, 0x9f},     /* DEL and C1 */
    {0x61c, 0x61c},   /* Arabic letter mark */
    {0x200b, 0x200f}, /* without width, and marks of direction */
    {0x2028, 0x202e}, /* separators of lines, embeddings and overrides */
    {0x2060, 0x2069}, /* word joiner, invisible operators, isolates */
    {0xfeff, 0xfeff}, /* byte order mark */
};

static bool is_hidden(uint32_t character)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (character >= hidden[i].first && character <= hidden[i].last)
            return true;
    return false;
}

/* Of one UTF-8 character. */
static uint32_t code_point(struct slice character)
{
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07}; /* by size */
    uint32_t code = (unsigned char)character.data[0] & first_bits[character.size];
    for (size_t i = 1; i < character.size; i++)
        code = code << 6 | ((unsigned char)character.data[i] & 0x3f);
    return code;
}

static void append_character(struct buffer *out, struct slice character)
{
    uint32_t code = code_point(character);
    if (is_hidden(code))
        buffer_printf(out, "\\u%04X", (unsigned)code);
    else
        buffer_append(out, character);
}

void shown_append(struct buffer *out, struct slice text)
{
    while (text.size) {
        size_t size = slice_character_size(text);
        if (size)
            append_character(out, slice_first(text, size));
        else
            buffer_append_string(out, REPLACEMENT);
        text = slice_from(text, size ? size : 1);
    }
}
