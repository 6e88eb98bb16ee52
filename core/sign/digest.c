#include "core/sign/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

int sha256(uint8_t ret_digest[SHA256_BYTES], struct slice bytes)
{
    uint8_t digest[SHA256_BYTES];
    if (!EVP_Digest(bytes.data, bytes.size, digest, NULL, EVP_sha256(), NULL))
        return JALON_CRYPTO;
    memcpy(ret_digest, digest, sizeof digest);
    return JALON_OK;
}

bool bytes_equal_ct(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}
