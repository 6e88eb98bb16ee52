#include "core/registry/code_thing.h"

#include "core/registry/code_form.h"
#include "core/registry/thing.h"

int code_thing(const struct registry *registry, const struct code_view *code, json_t **ret_thing)
{
    bool holds;
    int err = code_form_holds(registry->keys, code, &holds);
    if (err)
        return err;
    struct thing thing;
    thing_start(&thing);
    thing_put_text(&thing, "code", code->code);
    thing_put_text(&thing, "campaign", code->campaign);
    thing_put_text(&thing, "creator", code->creator);
    thing_put_text_or_null(&thing, "discount", code->discount);
    thing_put_moment_or_null(&thing, "valid_from", code->valid_from_ms);
    thing_put_moment_or_null(&thing, "valid_until",
                             code->valid_until_ms ? code->valid_until_ms + code->grace_ms : 0);
    thing_put(&thing, "max_redemptions",
              code->max_redemptions ? json_integer(code->max_redemptions) : json_null());
    const char *state = code_view_state(code, registry->now_ms);
    if (!holds && !code->is_disabled)
        state = "expired"; /* with its key */
    thing_put_text(&thing, "state", slice_of_string(state));
    bool is_valid = holds && !code->is_disabled && code_view_covers(code, registry->now_ms);
    thing_put(&thing, "valid", json_boolean(is_valid));
    thing_put(&thing, "signed", json_boolean(code->is_signed));
    thing_put_text_or_null(&thing, "replaces", code->replaces);
    thing_put_text_or_null(&thing, "replaced_by", code->replaced_by);
    thing_put_moment_or_null(&thing, "created_at", code->created_ms);
    return thing_end(&thing, ret_thing);
}
