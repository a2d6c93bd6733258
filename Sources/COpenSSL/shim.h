#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Swift sees functions, not macros: each of these is one macro of OpenSSL made callable. */

static inline int likeness_SSL_CTX_set_min_proto_version(SSL_CTX *ctx, int version) {
    return SSL_CTX_set_min_proto_version(ctx, version);
}
static inline int likeness_SSL_CTX_set1_groups_list(SSL_CTX *ctx, const char *list) {
    return SSL_CTX_set1_groups_list(ctx, list);
}
static inline long likeness_SSL_CTX_set_session_cache_off(SSL_CTX *ctx) {
    return SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}
static inline long likeness_SSL_CTX_set_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_set_mode(ctx, mode); }
static inline long likeness_SSL_CTX_add1_chain_cert(SSL_CTX *ctx, X509 *cert) {
    return SSL_CTX_add1_chain_cert(ctx, cert);
}
static inline long likeness_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}
static inline void likeness_SSL_set_msg_callback_arg(SSL *ssl, void *arg) { SSL_set_msg_callback_arg(ssl, arg); }
static inline long likeness_BIO_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
static inline long likeness_BIO_reset(BIO *bio) { return BIO_reset(bio); }
static inline long likeness_BIO_set_mem_eof_retry(BIO *bio) { return BIO_set_mem_eof_return(bio, -1); }
/* EVP_EC_gen is a variadic macro. */
static inline EVP_PKEY *likeness_EVP_P256_generate(void) { return EVP_EC_gen("P-256"); }
/* The typed stack accessors are macros. */
static inline int likeness_GENERAL_NAMES_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const GENERAL_NAME *likeness_GENERAL_NAMES_at(const GENERAL_NAMES *names, int i) {
    return sk_GENERAL_NAME_value(names, i);
}
/* The name's string lives in a union that Swift cannot pick from by type. NULL unless of that type. */
static inline const ASN1_STRING *likeness_GENERAL_NAME_string(const GENERAL_NAME *name, int type) {
    int actual = 0;
    void *value = GENERAL_NAME_get0_value(name, &actual);
    return actual == type ? (const ASN1_STRING *)value : NULL;
}
/* Unpacks the library and the reason of an error code, macros in OpenSSL 3.0. */
static inline int likeness_ERR_reason(unsigned long code) { return ERR_GET_REASON(code); }
static inline void likeness_OPENSSL_free(void *memory) { OPENSSL_free(memory); }
/* The SSL_OP_ bits are macros with a cast. */
static inline uint64_t likeness_SSL_options(void) {
    return SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET;
}
/* Takes a pointer to non-const and gives no status that PEM.written could use. */
static inline int likeness_GENERAL_NAME_print(BIO *bio, const GENERAL_NAME *name) {
    return GENERAL_NAME_print(bio, (GENERAL_NAME *)name) == 1;
}
/* XN_FLAG_ONELINE is an expression of other macros. */
static inline int likeness_X509_NAME_print(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0;
}
