// GMime as Swift sees it: the library's header, and a function for each cast that is a macro.
#pragma once

#include <gmime/gmime.h>

static inline GMimeObject *cgmime_object(void *object) { return GMIME_OBJECT(object); }

static inline GMimeMultipart *cgmime_multipart(GMimeObject *object) {
  return GMIME_IS_MULTIPART(object) ? GMIME_MULTIPART(object) : NULL;
}

static inline GMimeMessagePart *cgmime_message_part(GMimeObject *object) {
  return GMIME_IS_MESSAGE_PART(object) ? GMIME_MESSAGE_PART(object) : NULL;
}

static inline GMimePart *cgmime_part(GMimeObject *object) {
  return GMIME_IS_PART(object) ? GMIME_PART(object) : NULL;
}

static inline GMimeStreamMem *cgmime_memory(GMimeStream *stream) { return GMIME_STREAM_MEM(stream); }

static inline InternetAddressMailbox *cgmime_mailbox(InternetAddress *address) {
  return INTERNET_ADDRESS_IS_MAILBOX(address) ? INTERNET_ADDRESS_MAILBOX(address) : NULL;
}

static inline InternetAddressGroup *cgmime_group(InternetAddress *address) {
  return INTERNET_ADDRESS_IS_GROUP(address) ? INTERNET_ADDRESS_GROUP(address) : NULL;
}

static inline gboolean cgmime_knows_charset(const char *charset) {
  iconv_t conversion = g_mime_iconv_open("utf-8", charset);
  if (conversion == (iconv_t)-1) return FALSE;
  g_mime_iconv_close(conversion);
  return TRUE;
}
