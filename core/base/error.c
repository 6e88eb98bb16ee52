#include "core/base/error.h"

#include <stddef.h>

static const struct {
    const char *name, *sentence;
} rows[] = {
#define JALON_ERROR_ROW(name, value, sentence) [value] = {#name, sentence},
    JALON_ERRORS(JALON_ERROR_ROW)
#undef JALON_ERROR_ROW
};

static int is_listed(int error)
{
    return error >= 0 && (size_t)error < sizeof rows / sizeof *rows && rows[error].name;
}

const char *jalon_error_text(int error)
{
    return is_listed(error) ? rows[error].sentence
                            : "an error that this version does not know: upgrade libjalon";
}

const char *jalon_error_name(int error)
{
    return is_listed(error) ? rows[error].name : "UNKNOWN";
}
