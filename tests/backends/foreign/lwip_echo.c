/* A server on lwIP's TCP behind a TAP device: it sends back what it hears on port 7, throws away what it hears on port 9,
 * and closes when its peer has.
 * Arguments: the device, address, netmask.
 *
 * Frames are read and written here and not by the library's own driver: Debian's 2.1.3 copies each frame of more than
 * 600 octets over the end of a buffer from its pool, and dies of it (malloc(): corrupted top size). */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <lwip/api.h>
#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>

enum { ECHO_PORT = 7, DISCARD_PORT = 9, MTU = 1500, MOST_OCTETS = MTU + 18 };

static struct netif tap;
static int device;

static err_t send_frame(struct netif *netif, struct pbuf *packet)
{
    unsigned char frame[MOST_OCTETS];
    (void)netif;
    pbuf_copy_partial(packet, frame, packet->tot_len, 0);
    return write(device, frame, packet->tot_len) == packet->tot_len ? ERR_OK : ERR_IF;
}

static void receive_frames(void *unused)
{
    unsigned char frame[MOST_OCTETS];
    ssize_t size;
    (void)unused;
    while ((size = read(device, frame, sizeof frame)) > 0) {
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, size, PBUF_RAM);
        if (packet == NULL)
            continue;
        pbuf_take(packet, frame, size);
        if (tap.input(packet, &tap) != ERR_OK)
            pbuf_free(packet);
    }
}

static err_t furnish(struct netif *netif)
{
    static const unsigned char mac[6] = {2, 'l', 'w', 'I', 'P', 1};
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->hwaddr_len = sizeof mac;
    netif->name[0] = 't';
    netif->name[1] = 'p';
    netif->mtu = MTU;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    return ERR_OK;
}

static void begin(void *addresses)
{
    ip4_addr_t *address = addresses, router = {0};
    netif_add(&tap, &address[0], &address[1], &router, NULL, furnish, tcpip_input);
    netif_set_default(&tap);
    netif_set_up(&tap);
    sys_thread_new("frames", receive_frames, NULL, 0, 0);
}

static void discard(void *argument)
{
    struct netconn *peer = argument;
    struct netbuf *heard;
    while (netconn_recv(peer, &heard) == ERR_OK)
        netbuf_delete(heard);
    netconn_close(peer);
    netconn_delete(peer);
}

static void echo(void *argument)
{
    struct netconn *peer = argument;
    struct netbuf *heard;
    while (netconn_recv(peer, &heard) == ERR_OK) {
        do {
            void *octets;
            u16_t size;
            netbuf_data(heard, &octets, &size);
            if (netconn_write(peer, octets, size, NETCONN_COPY) != ERR_OK)
                break;
        } while (netbuf_next(heard) >= 0);
        netbuf_delete(heard);
    }
    netconn_close(peer);
    netconn_delete(peer);
}

static void serve(int port, void (*converse)(void *))
{
    struct netconn *listener = netconn_new(NETCONN_TCP);
    if (netconn_bind(listener, IP_ADDR_ANY, port) != ERR_OK || netconn_listen(listener) != ERR_OK)
        _exit(1);
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        struct netconn *peer;
        if (netconn_accept(listener, &peer) == ERR_OK)
            sys_thread_new("converse", converse, peer, 0, 0);
    }
}

static void serve_discard(void *unused)
{
    (void)unused;
    serve(DISCARD_PORT, discard);
}

int main(int count, char **arguments)
{
    static ip4_addr_t addresses[2];
    struct ifreq wanted = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    if (count != 4 || !ip4addr_aton(arguments[2], &addresses[0]) || !ip4addr_aton(arguments[3], &addresses[1]))
        return 2;
    strncpy(wanted.ifr_name, arguments[1], IFNAMSIZ - 1);
    device = open("/dev/net/tun", O_RDWR);
    if (device < 0 || ioctl(device, TUNSETIFF, &wanted) < 0) {
        perror(arguments[1]);
        return 1;
    }
    tcpip_init(begin, addresses);
    sys_thread_new("discard", serve_discard, NULL, 0, 0);
    serve(ECHO_PORT, echo);
}
