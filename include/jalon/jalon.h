/* jalon.h - libjalon: mints and verifies tracked links, promo codes and click ids, offline.
 *
 * Every function is thread-safe and keeps no global state; all that can fail return an enum
 * jalon_error as int, and write their ret_ parameters only on success. Sizes are in bytes; text that
 * is passed with a size needs no NUL. Formats: docs/libjalon.md. */
#ifndef JALON_JALON_H
#define JALON_JALON_H
#include "jalon/click.h"
#include "jalon/code.h"
#include "jalon/error.h"
#include "jalon/keys.h"
#include "jalon/link.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The library's version, e.g. "0.1.0"; static. */
JALON_API const char *jalon_version(void);

#ifdef __cplusplus
}
#endif
#endif
