#include "core/registry/view_reader.h"

static bool is_ours(const struct record_value *root)
{
    const struct record_value *version = record_member(root, "v");
    return version && version->kind == RECORD_INTEGER && version->integer == RECORD_VERSION;
}

int view_reader_start(struct view_reader *reader, struct buffer *text, struct slice json,
                      size_t growth)
{
    int err = record_tree_read(&reader->tree, json);
    if (err)
        return err;
    buffer_init(text, json.size * growth + 64);
    if (!is_ours(reader->tree.values))
        err = JALON_DAMAGED;
    else if (!buffer_reserve(text, json.size * growth + 64))
        err = JALON_NO_MEMORY;
    if (err) {
        record_tree_done(&reader->tree);
        return err;
    }
    reader->root = reader->tree.values;
    reader->text = text;
    reader->error = JALON_OK;
    return JALON_OK;
}

int view_reader_end(struct view_reader *reader)
{
    record_tree_done(&reader->tree);
    int err = reader->error ? reader->error : buffer_error(reader->text);
    if (err)
        buffer_done(reader->text);
    return err;
}

void view_damaged(struct view_reader *reader)
{
    reader->error = JALON_DAMAGED;
}

struct slice view_keep(struct view_reader *reader, const struct record_value *value)
{
    if (value->kind != RECORD_TEXT) {
        view_damaged(reader);
        return SLICE_NONE;
    }
    size_t at = reader->text->size;
    record_text_append(reader->text, value);
    return slice_of(reader->text->data + at, reader->text->size - at);
}

struct slice view_text(struct view_reader *reader, const struct record_value *object,
                       const char *name)
{
    const struct record_value *value = record_member(object, name);
    return value ? view_keep(reader, value) : SLICE_NONE;
}

struct slice view_text_needed(struct view_reader *reader, const struct record_value *object,
                              const char *name)
{
    struct slice text = view_text(reader, object, name);
    if (!text.size)
        view_damaged(reader);
    return text;
}

int64_t view_number(struct view_reader *reader, const struct record_value *object, const char *name,
                    int64_t absent)
{
    const struct record_value *value = record_member(object, name);
    bool is_integer = value && value->kind == RECORD_INTEGER;
    if (value && !is_integer)
        view_damaged(reader);
    return is_integer ? value->integer : absent;
}

bool view_flag(struct view_reader *reader, const struct record_value *object, const char *name)
{
    const struct record_value *value = record_member(object, name);
    if (value && value->kind != RECORD_TRUE && value->kind != RECORD_FALSE)
        view_damaged(reader);
    return value && value->kind == RECORD_TRUE;
}

const struct record_value *view_list(struct view_reader *reader, const struct record_value *object,
                                     const char *name, size_t max)
{
    const struct record_value *value = record_member(object, name);
    if (!value)
        return NULL;
    if (value->kind == RECORD_LIST && value->count <= max)
        return value;
    view_damaged(reader);
    return NULL;
}
