import Hummingbird

/// What is known of a request besides the request itself.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Names the request in logs and in its response.
  var requestID = ""
  /// W3C Trace Context; the request's own, or a fresh one.
  var traceparent = ""

  init(source: ApplicationRequestContextSource) { coreContext = CoreRequestContextStorage(source: source) }
}
