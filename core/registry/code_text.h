/* code_text.h - a promo code as somebody wrote it. */
#ifndef REGISTRY_CODE_TEXT_H
#define REGISTRY_CODE_TEXT_H
#include "core/registry/code_view.h"

struct code_text {
    char folded[CODE_FOLDED_MAX]; /* "" when it does not fold: no code of anybody's */
    bool has_signed_size;         /* as long as a signed code */
    bool is_hyphenated;           /* as a signed code is printed: PREFIX-XXXXX-XXXXX */
    bool is_misspelt; /* of signed size, and no signed code: see code_form.h for what it is then */
};

struct code_text code_text_read(struct slice text);
/* The folded form; of a text that does not fold, the text itself. Borrows from both. */
struct slice code_text_folded(const struct code_text *code, struct slice text);

/* "marie-trail" gives MARIETRAIL: the prefix of a creator's signed codes where none is chosen. */
void code_prefix_of_creator(char ret_prefix[17], struct slice creator);
#endif
