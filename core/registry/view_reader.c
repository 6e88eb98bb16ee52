#include "core/registry/view_reader.h"

#include "core/registry/thing.h"

int view_reader_start(struct view_reader *reader, struct buffer *text, struct slice json,
                      size_t growth)
{
    json_t *root = json_loadb(json.data ? json.data : "", json.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root) || thing_number(root, "v", 0) != RECORD_VERSION) {
        json_decref(root);
        return JALON_DAMAGED;
    }
    /* An unescaped string is never longer than its JSON. */
    buffer_init(text, json.size * growth + 64);
    if (!buffer_reserve(text, json.size * growth + 64)) {
        json_decref(root);
        return JALON_NO_MEMORY;
    }
    *reader = (struct view_reader){.root = root, .text = text};
    return JALON_OK;
}

int view_reader_end(struct view_reader *reader)
{
    json_decref(reader->root);
    int err = reader->error ? reader->error : buffer_error(reader->text);
    if (err)
        buffer_done(reader->text);
    return err;
}

void view_damaged(struct view_reader *reader)
{
    reader->error = JALON_DAMAGED;
}

struct slice view_keep(struct view_reader *reader, const json_t *value)
{
    if (!json_is_string(value)) {
        view_damaged(reader);
        return SLICE_NONE;
    }
    size_t at = reader->text->size;
    struct slice bytes = thing_slice(value);
    buffer_append(reader->text, bytes);
    return slice_of(reader->text->data + at, reader->text->size - at);
}

struct slice view_text(struct view_reader *reader, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return value ? view_keep(reader, value) : SLICE_NONE;
}

struct slice view_text_needed(struct view_reader *reader, const json_t *object, const char *name)
{
    struct slice text = view_text(reader, object, name);
    if (!text.size)
        view_damaged(reader);
    return text;
}

int64_t view_number(struct view_reader *reader, const json_t *object, const char *name,
                    int64_t absent)
{
    const json_t *value = json_object_get(object, name);
    if (value && !json_is_integer(value))
        view_damaged(reader);
    return json_is_integer(value) ? json_integer_value(value) : absent;
}

bool view_flag(struct view_reader *reader, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (value && !json_is_boolean(value))
        view_damaged(reader);
    return json_is_true(value);
}

const json_t *view_list(struct view_reader *reader, const json_t *object, const char *name,
                        size_t max)
{
    const json_t *value = json_object_get(object, name);
    if (!value)
        return NULL;
    if (json_is_array(value) && json_array_size(value) <= max)
        return value;
    view_damaged(reader);
    return NULL;
}
