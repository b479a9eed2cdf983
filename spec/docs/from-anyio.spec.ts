import { readFileSync } from "node:fs";

/** Every public name of AnyIO 4.15, module by module. */
const PUBLIC: Readonly<Record<string, string>> = {
  anyio:
    "AsyncContextManagerMixin AsyncFile BrokenResourceError BrokenWorkerInterpreter BrokenWorkerProcess BusyResourceError CancelScope " +
    "CapacityLimiter CapacityLimiterStatistics ClosedResourceError Condition ConditionStatistics ConnectionFailed ContextManagerMixin " +
    "DelimiterNotFound EndOfStream Event EventStatistics Future FutureAlreadyFinished FutureCancelled FutureFailed FutureNotFinished " +
    "IncompleteRead Lock LockStatistics NamedTemporaryFile NoEventLoopError Path ResourceGuard RunFinishedError Semaphore " +
    "SemaphoreStatistics SpooledTemporaryFile TASK_STATUS_IGNORED TCPConnectable TaskCancelled TaskFailed TaskHandle TaskInfo " +
    "TaskNotFinished TemporaryDirectory TemporaryFile TypedAttributeLookupError TypedAttributeProvider TypedAttributeSet UNIXConnectable " +
    "WouldBlock aclose_forcefully amap as_completed as_connectable connect_tcp connect_unix create_connected_udp_socket " +
    "create_connected_unix_datagram_socket create_memory_object_stream create_task_group create_tcp_listener create_udp_socket " +
    "create_unix_datagram_socket create_unix_listener current_effective_deadline current_time fail_after fail_at gather get_all_backends " +
    "get_available_backends get_cancelled_exc_class get_current_task get_running_tasks getaddrinfo getnameinfo gettempdir gettempdirb " +
    "mkdtemp mkstemp move_on_after move_on_at notify_closing open_file open_process open_signal_receiver run run_process sleep " +
    "sleep_forever sleep_until typed_attribute wait_all_tasks_blocked wait_readable wait_socket_readable wait_socket_writable " +
    "wait_writable wrap_file",
  "anyio.abc":
    "AnyByteReceiveStream AnyByteSendStream AnyByteStream AnyByteStreamConnectable AnyUnreliableByteReceiveStream " +
    "AnyUnreliableByteSendStream AnyUnreliableByteStream AsyncBackend AsyncResource ByteReceiveStream ByteSendStream ByteStream " +
    "ByteStreamConnectable ConnectedUDPSocket ConnectedUNIXDatagramSocket IPAddressType IPSockAddrType Listener ObjectReceiveStream " +
    "ObjectSendStream ObjectStream ObjectStreamConnectable Process SocketAttribute SocketListener SocketStream TaskGroup TaskStatus " +
    "TestRunner UDPPacketType UDPSocket UNIXDatagramPacketType UNIXDatagramSocket UNIXSocketStream UnreliableObjectReceiveStream " +
    "UnreliableObjectSendStream UnreliableObjectStream BlockingPortal",
  "anyio.lowlevel":
    "EventLoopToken RunVar RunvarToken cancel_shielded_checkpoint checkpoint checkpoint_if_cancelled current_token",
  "anyio.from_thread": "BlockingPortal BlockingPortalProvider check_cancelled run run_sync start_blocking_portal",
  "anyio.to_thread": "current_default_thread_limiter run_sync",
  "anyio.to_process": "current_default_process_limiter process_worker run_sync",
  "anyio.to_interpreter": "current_default_interpreter_limiter run_sync",
  "anyio.functools": "AsyncCacheInfo AsyncCacheParameters AsyncLRUCacheWrapper cache lru_cache reduce",
  "anyio.itertools":
    "Chain accumulate batched combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby islice " +
    "pairwise permutations product repeat starmap takewhile tee zip_longest",
  "anyio.streams":
    "BufferedByteReceiveStream BufferedByteStream BufferedConnectable FileReadStream FileStreamAttribute FileWriteStream " +
    "MemoryObjectReceiveStream MemoryObjectSendStream MemoryObjectStreamStatistics MultiListener StapledByteStream StapledObjectStream " +
    "TextConnectable TextReceiveStream TextSendStream TextStream TLSAttribute TLSConnectable TLSListener TLSStream",
};

describe("docs/from-anyio.md", () => {
  const text = readFileSync(new URL("../../docs/from-anyio.md", import.meta.url), "utf8");
  const named = new Set(
    text
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/[A-Za-z_]+/g)].map(([word]) => word)),
  );

  for (const [module, names] of Object.entries(PUBLIC)) {
    it(`names everything that is public in ${module}`, () => {
      expect(names.split(" ").filter((name) => !named.has(name))).toEqual([]);
    });
  }
});
