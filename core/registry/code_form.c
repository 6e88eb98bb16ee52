#include "core/registry/code_form.h"

#include "jalon/code.h"

#include <stdlib.h>

#define BODY 10 /* characters behind the prefix */
#define NAME_MAX (sizeof "code:" + JALON_CODE_PREFIX_MAX)

/* "code:FOLDEDPREFIX", under which the prefix's serials are handed out. */
static struct slice serial_name(char space[NAME_MAX], const struct code_text *code)
{
    struct buffer name;
    buffer_over(&name, space, NAME_MAX);
    struct slice folded = slice_of_string(code->folded);
    buffer_append_string(&name, "code:");
    buffer_append(&name, slice_first(folded, folded.size - BODY));
    return buffer_slice(&name);
}

int code_form_is_signed(struct draft *draft, const struct code_text *code, bool *ret_is)
{
    if (!code->has_signed_size || code->is_hyphenated) {
        *ret_is = code->has_signed_size;
        return JALON_OK;
    }
    char space[NAME_MAX];
    return draft_is_reserved(draft, serial_name(space, code), ret_is);
}

int code_form_is_mistyped(struct draft *draft, const struct code_text *code, bool *ret_is)
{
    if (code->is_misspelt)
        return code_form_is_signed(draft, code, ret_is);
    *ret_is = false;
    return JALON_OK;
}

int code_form_fetch(struct draft *draft, const struct code_text *const *codes, size_t count)
{
    char(*spaces)[NAME_MAX] = reallocarray(NULL, count + 1, sizeof *spaces);
    struct slice *names = reallocarray(NULL, count + 1, sizeof *names);
    int err = spaces && names ? JALON_OK : JALON_NO_MEMORY;
    size_t name_count = 0;
    for (size_t i = 0; i < count && !err; i++)
        if (codes[i]->is_misspelt && !codes[i]->is_hyphenated) {
            names[name_count] = serial_name(spaces[name_count], codes[i]);
            name_count++;
        }
    if (!err)
        err = draft_fetch_reserved(draft, names, name_count);
    free(spaces);
    free(names);
    return err;
}

int code_form_holds(const jalon_keys *keys, const struct code_view *code, bool *ret_holds)
{
    char campaign[65];
    int err = JALON_OK;
    if (code->is_signed) {
        err = slice_to_string(campaign, sizeof campaign, code->campaign);
        if (!err)
            err = jalon_code_verify(keys, campaign, code->code.data, code->code.size, NULL);
    }
    if (err && err != JALON_BAD_SIGNATURE)
        return err;
    *ret_holds = err == JALON_OK;
    return JALON_OK;
}
