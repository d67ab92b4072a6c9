// poppler's GLib interface as Swift sees it.
#pragma once

#include <poppler.h>

// A macro.
static inline gboolean cpoppler_is_encrypted(const GError *error) {
  return g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);
}

static inline void cpoppler_say_nothing(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {}

// What is wrong with a file is told by its result, not by lines among those of others.
static inline void cpoppler_be_quiet(void) { g_log_set_default_handler(cpoppler_say_nothing, NULL); }

// GLib's lists belong to whichever module of Swift saw them first, so they stay on this side.
static inline PopplerTextAttributes *cpoppler_attributes(GList *item) { return (PopplerTextAttributes *)item->data; }

static inline GList *cpoppler_next(GList *item) { return item->next; }

static inline const char *cpoppler_message(const GError *error) { return error ? error->message : ""; }

static inline void cpoppler_close_document(PopplerDocument *document) { g_object_unref(document); }

static inline void cpoppler_close_page(PopplerPage *page) { g_object_unref(page); }
