/* referrer.h - where a click came from: the referrer's site, never its whole URL. */
#ifndef TRAFFIC_REFERRER_H
#define TRAFFIC_REFERRER_H
#include "core/base/slice.h"

#define SOURCE_MAX 64

/* Writes the source's name to ret_source with a NUL and returns its length: the site of a known network
 * under its usual name ("instagram.com" for l.instagram.com), the host in lower case without "www."
 * for others, an Android app's package for android-app://; empty when there is none, or it is not a
 * host, or longer than fits. */
size_t referrer_source(char ret_source[SOURCE_MAX + 1], struct slice referrer);
#endif
