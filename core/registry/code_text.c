#include "core/registry/code_text.h"

#include "jalon/code.h"

#include <ctype.h>

#define PART 5 /* characters between hyphens */

static bool is_part(struct slice text, size_t least, size_t most)
{
    return text.size >= least && text.size <= most && slice_find(text, ' ', 0) == text.size;
}

static bool is_hyphenated(struct slice text)
{
    struct slice rest = slice_trim(text);
    struct slice prefix = slice_take(&rest, '-'), first = slice_take(&rest, '-');
    return is_part(prefix, JALON_CODE_PREFIX_MIN, JALON_CODE_PREFIX_MAX) &&
           is_part(first, PART, PART) && is_part(rest, PART, PART) &&
           slice_find(rest, '-', 0) == rest.size;
}

struct code_text code_text_read(struct slice text)
{
    struct code_text code = {0};
    if (jalon_code_fold(text.data ? text.data : "", text.size, code.folded, sizeof code.folded))
        code.folded[0] = '\0';
    if (!code.folded[0])
        return code;
    int err = jalon_code_check(text.data, text.size);
    code.has_signed_size = err != JALON_MALFORMED;
    code.is_misspelt = err == JALON_MISTYPED;
    code.is_hyphenated = is_hyphenated(text);
    return code;
}

struct slice code_text_folded(const struct code_text *code, struct slice text)
{
    return code->folded[0] ? slice_of_string(code->folded) : text;
}

void code_prefix_of_creator(char ret_prefix[17], struct slice creator)
{
    size_t size = 0;
    for (size_t i = 0; i < creator.size && size < JALON_CODE_PREFIX_MAX; i++)
        if (isalnum((unsigned char)creator.data[i]))
            ret_prefix[size++] = (char)toupper((unsigned char)creator.data[i]);
    while (size < JALON_CODE_PREFIX_MIN)
        ret_prefix[size++] = 'X';
    ret_prefix[size] = '\0';
}
