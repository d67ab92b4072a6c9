import NIOCore

/// What one who hands mail over may ask for.
package struct SMTPLimits: Sendable {
  /// Of one message, in bytes.
  package var messageBytes = 25 << 20
  /// All messages that are being read hold at most this many bytes.
  package var bytesTogether = 128 << 20
  /// Of a command, without its end (RFC 5321, section 4.5.3.1.4, asks for 512).
  package var lineBytes = 2_048
  package var recipients = 100
  /// Commands that were refused on one connection, after which it is closed.
  package var errors = 10
  package var connections = 200
  /// Without a byte from the other side (RFC 5321, section 4.5.3.2.7).
  package var silence = TimeAmount.minutes(5)
  /// Of a connection in all: who sends a byte now and then holds it no longer.
  package var lifetime = TimeAmount.minutes(30)

  package init() {}
}
