#include "jalon/jalon.h"

const char *jalon_version(void)
{
    return JALON_VERSION;
}
