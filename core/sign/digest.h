/* digest.h - SHA-256 for those who may not know OpenSSL, and comparison in constant time. */
#ifndef SIGN_DIGEST_H
#define SIGN_DIGEST_H
#include "core/base/slice.h"

#define SHA256_BYTES 32

CHECKED int sha256(uint8_t ret_digest[SHA256_BYTES], struct slice bytes);
bool bytes_equal_ct(const void *a, const void *b, size_t size);
#endif
