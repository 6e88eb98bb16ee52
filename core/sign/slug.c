#include "core/sign/slug.h"

#include "jalon/link.h"

bool slug_is_valid(struct slice text)
{
    if (text.size == 0 || text.size > JALON_SLUG_SIZE_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}
