/* error.h - the one list of errors, each with a sentence that says what to do. */
#ifndef JALON_ERROR_H
#define JALON_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define JALON_API __attribute__((visibility("default")))

/* Name, value, sentence. Values are part of the ABI: append, never renumber. */
#define JALON_ERRORS(X)                                                                            \
    X(OK, 0, "done")                                                                               \
    X(NO_MEMORY, 1, "out of memory: free some, or lower the limits in the configuration")          \
    X(BAD_ARGUMENT, 2, "an argument is missing or out of range: see the function's documentation") \
    X(TOO_SMALL, 3, "the buffer given is too small: pass a larger one")                            \
    X(TOO_LONG, 4, "the input is longer than allowed: shorten it")                                 \
    X(MALFORMED, 5, "the text does not have the expected shape: check that it was copied whole")   \
    X(NOT_CANONICAL, 6, "the text is not in its one canonical spelling: use it as it was issued")  \
    X(BAD_SIGNATURE, 7,                                                                            \
      "the signature does not verify: forged, altered, or signed by a key that "                   \
      "is not in the ring")                                                                        \
    X(MISTYPED, 8, "the check character does not fit: a character was mistyped, read it again")    \
    X(EXPIRED, 9, "it has expired: issue a new one")                                               \
    X(NO_KEY, 10, "the key ring holds no usable key for this: export or rotate one")               \
    X(BAD_KEY_FILE, 11,                                                                            \
      "the key ring file is damaged or not a key ring: restore it from a backup")                  \
    X(KEY_FILE_EXPOSED, 12, "others can read the key ring file: run chmod 600 on it")              \
    X(IO, 13, "a file could not be read or written: see errno")                                    \
    X(LOCKED, 14, "another process holds the lock: stop it first")                                 \
    X(NOT_FOUND, 15, "there is no such thing: check the name")                                     \
    X(EXISTS, 16, "it exists already: choose another name")                                        \
    X(CONFLICT, 17, "it was changed by someone else meanwhile: try again")                         \
    X(UNAVAILABLE, 18, "the store does not answer: try again shortly")                             \
    X(BAD_REPLY, 19, "the store gave an unexpected answer: check its version and its data")        \
    X(INVALID, 20, "the request is not valid: see the fields named")                               \
    X(FULL, 21, "a bound is reached: raise it, or wait until there is room")                       \
    X(CRYPTO, 22, "the cryptographic library failed: check the OpenSSL installation")              \
    X(DAMAGED, 23, "stored data is damaged: see what was logged, and restore it from a copy")      \
    X(UNSUPPORTED, 24, "this version does not support it: upgrade")

enum jalon_error {
#define JALON_ERROR_VALUE(name, value, sentence) JALON_##name = value,
    JALON_ERRORS(JALON_ERROR_VALUE)
#undef JALON_ERROR_VALUE
};

/* The sentence for `error`, English, static, never NULL; for a value not in the list, one that says
 * so. Thread-safe. */
JALON_API const char *jalon_error_text(int error);

/* The name of `error`, e.g. "BAD_SIGNATURE"; "UNKNOWN" for a value not in the list. Thread-safe. */
JALON_API const char *jalon_error_name(int error);

#ifdef __cplusplus
}
#endif
#endif
