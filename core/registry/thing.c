#include "core/registry/thing.h"

#include "core/ledger/moment.h"

#include <stdlib.h>

struct slice thing_slice(const json_t *value)
{
    return json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value))
                                 : SLICE_NONE;
}

struct slice thing_text(const json_t *thing, const char *name)
{
    return thing_slice(json_object_get(thing, name));
}

int64_t thing_number(const json_t *thing, const char *name, int64_t absent)
{
    const json_t *value = json_object_get(thing, name);
    return json_is_integer(value) ? json_integer_value(value) : absent;
}

bool thing_is(const json_t *thing, const char *name)
{
    return json_is_true(json_object_get(thing, name));
}

int64_t thing_moment(const json_t *thing, const char *name, int64_t absent)
{
    int64_t ms;
    return moment_parse(&ms, thing_text(thing, name)) ? absent : ms;
}

void thing_start(struct thing *thing)
{
    thing->json = json_object();
}

void thing_put(struct thing *thing, const char *name, json_t *value)
{
    if (!thing->json) {
        json_decref(value);
        return;
    }
    if (json_object_set_new(thing->json, name, value)) {
        json_decref(thing->json);
        thing->json = NULL;
    }
}

void thing_put_text(struct thing *thing, const char *name, struct slice text)
{
    thing_put(thing, name, json_stringn(text.data ? text.data : "", text.size));
}

void thing_put_text_or_null(struct thing *thing, const char *name, struct slice text)
{
    if (text.size)
        thing_put_text(thing, name, text);
    else
        thing_put(thing, name, json_null());
}

void thing_put_number(struct thing *thing, const char *name, int64_t number)
{
    thing_put(thing, name, json_integer(number));
}

void thing_put_moment_or_null(struct thing *thing, const char *name, int64_t ms)
{
    char text[MOMENT_TEXT_MAX];
    if (ms)
        moment_format(text, ms);
    thing_put(thing, name, ms ? json_string(text) : json_null());
}

void thing_put_same(struct thing *thing, const char *name, const json_t *from)
{
    json_t *value = json_object_get(from, name);
    thing_put(thing, name, value ? json_incref(value) : json_null());
}

void thing_put_same_if_there(struct thing *thing, const char *name, const json_t *from)
{
    json_t *value = json_object_get(from, name);
    if (value)
        thing_put(thing, name, json_incref(value));
}

int thing_end(struct thing *thing, json_t **ret_json)
{
    if (!thing->json)
        return JALON_NO_MEMORY;
    *ret_json = thing->json;
    thing->json = NULL;
    return JALON_OK;
}

int thing_write(struct buffer *out, json_t *json)
{
    char *text = json_dumps(json, THING_DUMP_FLAGS);
    json_decref(json);
    if (!text)
        return JALON_NO_MEMORY;
    buffer_append_string(out, text);
    free(text);
    return buffer_error(out);
}
