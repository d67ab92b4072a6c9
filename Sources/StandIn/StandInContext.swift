import Hummingbird
import NIOCore

/// A request's context that can break its connection off.
struct StandInContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  private let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// Closes the connection; what is answered afterwards reaches nobody.
  func drop() async {
    // Fails only when the client was faster.
    try? await channel.close()
  }
}
