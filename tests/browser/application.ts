/** The customer's web server: answers with whatever document or sound the test wants, and remembers what it was asked. */
import { createServer, type Server } from 'node:http';

/** One question of the server. */
export interface Question {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A web server with a document per path. */
export class WebApplication {
  readonly asked: Question[] = [];
  /** Documents as text, sound files as bytes. */
  readonly pages = new Map<string, string | Uint8Array>();
  readonly #server: Server;
  url = '';

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      const form = new URLSearchParams(Buffer.concat(parts).toString());
      const fields = Object.fromEntries([...searchParams, ...form]);
      this.asked.push({ path, fields });
      const page = this.pages.get(path);
      response.statusCode = page === undefined ? 404 : 200;
      const kind = typeof page === 'object' ? 'audio/wav' : 'application/xml';
      response.setHeader('content-type', kind);
      response.end(page);
    });
  }

  static async start(): Promise<WebApplication> {
    const application = new WebApplication();
    await new Promise<void>((done) => application.#server.listen(0, '127.0.0.1', done));
    const address = application.#server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    application.url = `http://127.0.0.1:${port}`;
    return application;
  }

  /** The questions at one path. */
  at(path: string): Question[] {
    return this.asked.filter((question) => question.path === path);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
