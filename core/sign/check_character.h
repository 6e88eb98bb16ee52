/* check_character.h - the last character of a signed promo code, which tells a mistyped code from an
 * unknown one without a key. Construction and proof: top of check_character.c. */
#ifndef SIGN_CHECK_CHARACTER_H
#define SIGN_CHECK_CHARACTER_H
#include "core/base/slice.h"

/* The character for folded text (upper-case letters but I, L, O, and digits; at most 35 of them), or
 * NUL when the text can have none: one text in seven. */
char check_character(struct slice text);
/* Does the last character of `text` fit what is before it? */
bool check_character_fits(struct slice text);

/* Crockford's base 32, folded: the value of a digit, -1 for what is none; the digit of a value below
 * 32. U has no value there. */
int crockford_value(char c);
char crockford_digit(uint32_t value);
#endif
