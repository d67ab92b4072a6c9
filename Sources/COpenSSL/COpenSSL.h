// OpenSSL as Swift sees it: its headers, and a function for each macro that is used.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static inline int copenssl_set_minimum(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
