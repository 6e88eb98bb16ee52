/* code_form.h - is a text meant as a signed promo code? */
#ifndef REGISTRY_CODE_FORM_H
#define REGISTRY_CODE_FORM_H
#include "core/registry/code_text.h"
#include "core/registry/draft.h"
#include "jalon/keys.h"

/* It is as long as one, and printed as one is (PREFIX-XXXXX-XXXXX) or begins with a prefix that codes were issued
 * for; else it is nobody's vanity code at most, however long. */
CHECKED int code_form_is_signed(struct draft *draft, const struct code_text *code, bool *ret_is);

/* It is meant as a signed one, and its check character does not fit. */
CHECKED int code_form_is_mistyped(struct draft *draft, const struct code_text *code, bool *ret_is);

/* What code_form_is_mistyped() asks for codes[i], read ahead. */
CHECKED int code_form_fetch(struct draft *draft, const struct code_text *const *codes,
                            size_t count);

/* A signed code counts while a key that is not retired signs it. A vanity code has no signature: it holds. */
CHECKED int code_form_holds(const jalon_keys *keys, const struct code_view *code, bool *ret_holds);
#endif
