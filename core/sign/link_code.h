/* link_code.h - short link codes from the inside. Layout: top of link_code.c. */
#ifndef SIGN_LINK_CODE_H
#define SIGN_LINK_CODE_H
#include "core/base/slice.h"

/* 12 characters of base62: a signed code, genuine or forged, and nothing else. */
bool link_code_has_shape(struct slice text);
#endif
