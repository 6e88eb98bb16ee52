/* slug.h - the shape of the names of campaigns and creators: 1-64 of [a-z0-9-]. */
#ifndef SIGN_SLUG_H
#define SIGN_SLUG_H
#include "core/base/slice.h"

bool slug_is_valid(struct slice text);
#endif
