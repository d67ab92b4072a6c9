/// What one client holds at most. Callers beyond a bound on running requests wait, first come first served.
package struct HTTPClientLimits: Sendable {
  package var maximumConcurrentRequests: Int
  /// Bounds the connections to one scheme, host and port as well: a request uses at most one.
  package var maximumConcurrentRequestsPerHost: Int
  /// Requests that wait for a slot; one more fails at once with `overloaded`.
  package var maximumWaitingRequests: Int
  /// Bytes of body held for a slow consumer of a stream, before the transfer is paused.
  package var streamBufferBytes: Int

  package init(
    maximumConcurrentRequests: Int = 1_000, maximumConcurrentRequestsPerHost: Int = 1_000,
    maximumWaitingRequests: Int = 10_000, streamBufferBytes: Int = 256 << 10
  ) {
    precondition(maximumConcurrentRequests > 0 && maximumConcurrentRequestsPerHost > 0)
    precondition(maximumWaitingRequests >= 0 && streamBufferBytes > 0)
    self.maximumConcurrentRequests = maximumConcurrentRequests
    self.maximumConcurrentRequestsPerHost = maximumConcurrentRequestsPerHost
    self.maximumWaitingRequests = maximumWaitingRequests
    self.streamBufferBytes = streamBufferBytes
  }
}
