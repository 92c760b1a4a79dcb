// SPDX-License-Identifier: Apache-2.0
// Peer: Java's TLS (JSSE) as a small HTTP server, or its client, for peer_java.
//
//	java Peer server PORT KEYS TRUST [NAME=VALUE]...	java Peer client PORT KEYS TRUST [NAME=VALUE]...
//
// KEYS and TRUST are PKCS #12 files with the password "changeit"; KEYS may be "-".

import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.Security;
import java.util.*;
import javax.net.ssl.*;

public class Peer {
	static final Map<String, String> want = new HashMap<>();
	static final char[] password = "changeit".toCharArray();

	static KeyStore load(String file) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = new FileInputStream(file)) {
			store.load(in, password);
		}
		return store;
	}

	static SSLContext context(String keys, String trust) throws Exception {
		KeyManagerFactory kmf = KeyManagerFactory.getInstance("NewSunX509");
		TrustManagerFactory tmf = TrustManagerFactory.getInstance("PKIX");
		SSLContext c = SSLContext.getInstance("TLS");
		if (!keys.equals("-"))
			kmf.init(new KeyStoreBuilderParameters(KeyStore.Builder.newInstance(
				new File(keys), new KeyStore.PasswordProtection(password))));
		tmf.init(load(trust));
		c.init(keys.equals("-") ? null : kmf.getKeyManagers(), tmf.getTrustManagers(), null);
		return c;
	}

	static void set(SSLParameters p) {
		if (want.containsKey("version"))
			p.setProtocols(new String[] {"TLSv" + want.get("version")});
		if (want.containsKey("suite"))
			p.setCipherSuites(new String[] {want.get("suite")});
		if (want.containsKey("alpn"))
			p.setApplicationProtocols(want.get("alpn").split(","));
		if (want.containsKey("fragment"))
			p.setMaximumPacketSize(Integer.parseInt(want.get("fragment")));
		if ("client".equals(want.get("auth")))
			p.setNeedClientAuth(true);
		if ("none".equals(want.get("auth")))
			p.setWantClientAuth(true);
	}

	static String head(InputStream in) throws IOException {
		StringBuilder s = new StringBuilder();
		int c;

		while (s.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0)
			s.append((char)c);
		return s.toString();
	}

	static void answer(SSLSocket s) throws IOException {
		String request = head(s.getInputStream());
		OutputStream out = new BufferedOutputStream(s.getOutputStream(), 16384);
		String path = request.isEmpty() ? "/" : request.split(" ")[1];
		byte[] body = (s.getSession().getProtocol() + " " + s.getSession().getCipherSuite() + "\n").getBytes();

		if (path.startsWith("/bytes/"))
			body = new byte[Integer.parseInt(path.substring(7))];
		if (path.startsWith("/upload/")) {
			int all = Integer.parseInt(path.substring(8));
			body = (s.getInputStream().readNBytes(all).length + " bytes\n").getBytes();
		}
		out.write("HTTP/1.0 200 OK\r\n\r\n".getBytes());
		out.write(body);
		out.flush();
		s.close();
	}

	static void serve(SSLContext c, int port) throws Exception {
		SSLServerSocket listener = (SSLServerSocket)c.getServerSocketFactory().createServerSocket(port);
		SSLParameters p = listener.getSSLParameters();

		set(p);
		p.setUseCipherSuitesOrder(true);
		listener.setSSLParameters(p);
		System.out.println("listening");
		for (;;) {
			try (SSLSocket s = (SSLSocket)listener.accept()) {
				answer(s);
			} catch (IOException e) {
				System.out.println(e);
			}
		}
	}

	static void fetch(SSLContext c, int port) throws Exception {
		String name = want.getOrDefault("sni", "localhost"), path = want.getOrDefault("path", "/");
		java.net.Socket raw = new java.net.Socket("localhost", port);
		SSLSocket s = (SSLSocket)c.getSocketFactory().createSocket(raw, name, port, true);
		SSLParameters p = s.getSSLParameters();

		set(p);
		p.setServerNames(List.of(new SNIHostName(name)));
		p.setEndpointIdentificationAlgorithm("HTTPS");
		s.setSSLParameters(p);
		OutputStream out = s.getOutputStream();
		if (want.containsKey("renegotiate")) {
			s.startHandshake();
			s.startHandshake();
		}
		if (want.containsKey("upload")) {
			out.write(("POST " + path + " HTTP/1.0\r\n\r\n").getBytes());
			out.write(Files.readAllBytes(Path.of("block")));
		} else {
			out.write(("GET " + path + " HTTP/1.0\r\n").getBytes());
			if (want.containsKey("limit"))
				out.write(("X: " + "x".repeat(5000) + "\r\n").getBytes());
			out.write("\r\n".getBytes());
		}
		System.out.write(s.getInputStream().readAllBytes());
		System.out.flush();
		s.close();
	}

	public static void main(String[] args) throws Exception {
		for (String a : Arrays.copyOfRange(args, 4, args.length))
			want.put(a.split("=")[0], a.split("=", 2)[1]);
		// RFC 8446 5.5: so few bytes under a key that there is a KeyUpdate.
		if (want.containsKey("limit"))
			Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate " + want.get("limit"));
		Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3, TLSv1, TLSv1.1");
		SSLContext c = context(args[2], args[3]);
		if (args[0].equals("server")) {
			serve(c, Integer.parseInt(args[1]));
			return;
		}
		for (int i = want.containsKey("resume") ? 2 : 1; i > 0; i--)
			fetch(c, Integer.parseInt(args[1]));
	}
}
