#include "admin/html_out.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const char *entity_of(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_refused(struct slice character)
{
    static const char *const turning[] = {
        "\u200e", "\u200f", "\u061c", "\u202a", "\u202b", "\u202c",
        "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
    };
    if (character.size == 1)
        return slice_has_control(character) && character.data[0] != '\n';
    if (character.size == 2 && (unsigned char)character.data[0] == 0xc2 &&
        (unsigned char)character.data[1] < 0xa0)
        return true; /* C1 controls */
    for (size_t i = 0; i < sizeof turning / sizeof *turning; i++)
        if (slice_is(character, turning[i]))
            return true;
    return false;
}

void html_text(struct buffer *out, struct slice text)
{
    while (text.size) {
        size_t size = slice_character_size(text);
        struct slice character = slice_first(text, size ? size : 1);
        const char *entity = size == 1 ? entity_of(character.data[0]) : NULL;
        if (entity)
            buffer_append_string(out, entity);
        else if (size == 0 || is_refused(character))
            buffer_append_string(out, REPLACEMENT);
        else
            buffer_append(out, character);
        text = slice_from(text, character.size);
    }
}
