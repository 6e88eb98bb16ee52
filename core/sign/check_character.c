/* The check character closes a weighted sum over the field of 37 elements. A character's value is
 * Crockford's, 0 to 31, and 32 for U, which is not among Crockford's digits but may stand in a prefix.
 * Weights count from the right: 1 for the check character itself, 2 for its neighbour, and so on:
 *
 *     1 * check + 2 * last + 3 * last but one + ... = 0  (mod 37)
 *
 * A substitution changes the sum by weight * (x - y), a swap of any two characters, neighbours or not,
 * by (weight - weight') * (x - y). 37 is prime, values differ by less than 37, and up to 36 characters
 * weights differ by less than 37 and are not 0: neither product is ever 0, so both are always caught.
 *
 * A smaller field cannot do it: with 33 symbols in a prefix and 32 check characters, two prefixes that
 * differ in one place would share their check character, whatever the rule. Here 37 sums meet 32
 * characters, so 5 texts in 37 have no check character; whoever mints tries another tag then. */
#include "core/sign/check_character.h"

#define FIELD 37
#define VALUE_OF_U 32

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int crockford_value(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

char crockford_digit(uint32_t value)
{
    return digits[value & 31];
}

static uint32_t field_value(char c)
{
    return c == 'U' ? VALUE_OF_U : (uint32_t)crockford_value(c);
}

/* The weighted sum, the last character of `text` having the weight `last_weight`. */
static uint32_t sum(struct slice text, uint32_t last_weight)
{
    uint32_t total = 0;
    for (size_t i = 0; i < text.size; i++)
        total += (uint32_t)(text.size - 1 - i + last_weight) * field_value(text.data[i]);
    return total % FIELD;
}

char check_character(struct slice text)
{
    uint32_t value = (FIELD - sum(text, 2)) % FIELD;
    return value < sizeof digits - 1 ? digits[value] : '\0';
}

bool check_character_fits(struct slice text)
{
    return text.size > 0 && crockford_value(text.data[text.size - 1]) >= 0 && sum(text, 1) == 0;
}
