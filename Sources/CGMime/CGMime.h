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

// The bytes that a stream in memory has within its bounds; NULL where there are none, and for a stream of another kind.
static inline const char *cgmime_memory_bytes(GMimeStream *stream, size_t *count) {
  if (!GMIME_IS_STREAM_MEM(stream)) return NULL;
  GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  if (array == NULL || array->data == NULL) return NULL;
  gint64 start = stream->bound_start;
  gint64 end = stream->bound_end == -1 ? (gint64)array->len : MIN(stream->bound_end, (gint64)array->len);
  if (start < 0 || start >= end) return NULL;
  *count = (size_t)(end - start);
  return (const char *)array->data + start;
}

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
