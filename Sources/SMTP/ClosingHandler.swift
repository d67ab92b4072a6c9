import NIOCore

/// Closes a connection that is silent for too long, or lasts for too long.
final class ClosingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let lifetime: TimeAmount
  private var end: Scheduled<Void>?

  init(lifetime: TimeAmount) { self.lifetime = lifetime }

  func channelActive(context: ChannelHandlerContext) {
    let channel = context.channel
    end = context.eventLoop.scheduleTask(in: lifetime) { channel.close(promise: nil) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end?.cancel()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    let farewell = ByteBuffer(string: SMTPAnswer(421, "4.2", "nothing was heard for too long").line)
    context.writeAndFlush(wrapOutboundOut(farewell), promise: nil)
    context.close(promise: nil)
  }
}
