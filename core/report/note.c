#include "core/report/note.h"

struct note_value note_name(struct slice name)
{
    return (struct note_value){.kind = PIECE_TEXT, .text = name};
}

struct note_value note_term(const char *english)
{
    return (struct note_value){.kind = PIECE_TERM, .text = slice_of_string(english)};
}

struct note_value note_count(size_t count)
{
    return (struct note_value){.kind = PIECE_NUMBER, .count = count};
}

struct note_value note_number(struct slice plain)
{
    return (struct note_value){.kind = PIECE_NUMBER, .text = plain};
}

struct note_value note_moment(const char *date_time)
{
    return (struct note_value){.kind = PIECE_DATE, .text = slice_of_string(date_time)};
}

void note_append(struct buffer *out, const struct note *note)
{
    const struct note_value *value = note->values;
    struct slice rest = slice_of_string(note->sentence);
    for (size_t i = 0; i < note->value_count; i++) {
        buffer_append(out, slice_take(&rest, '%'));
        buffer_append(out, value++->text);
    }
    buffer_append(out, rest);
}
